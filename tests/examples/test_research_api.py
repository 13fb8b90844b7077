import pytest

from portal.gateway.guard import NEEDS, Needs
from portal.policy.reasons import Reason

PUBLIC = {"static", "docs.index", "docs.algorithm", "docs.look", "console.run"}  # the console calls a guarded route


def test_every_route_says_what_it_needs_or_is_a_page_for_everyone(api):
    silent = {
        rule.endpoint
        for rule in api.url_map.iter_rules()
        if getattr(api.view_functions[rule.endpoint], NEEDS, Needs()) == Needs()
    }
    assert silent == PUBLIC


def test_it_says_whose_key_it_was_called_with(call, alice, issue):
    key, token = issue(alice, "notebook")
    whose = {"email": alice.email, "key": {"id": key.public_id, "name": "notebook", "kind": "standard"}}
    assert call("GET", "/whoami", token).json() == whose
    assert call("GET", "/whoami", auth=("apikey", token)).json() == whose


def test_a_key_that_opens_nothing_still_says_whose_it_is(call, key):
    assert call("GET", "/whoami", key(resources=[], data="none")).status_code == 200


def test_without_a_key_it_is_a_401_problem(call):
    reply = call("GET", "/whoami")
    assert (reply.status_code, reply.headers["Content-Type"]) == (401, "application/problem+json")
    assert reply.json()["reason"] == "missing"
    assert "WWW-Authenticate" in reply.headers


@pytest.mark.parametrize(
    "path", ["/", "/whoami/", "//whoami", "/docs/", "/\u00e9", "/static/nothing", "/v1/algo/demo/Hello/", "/v1//data"]
)
def test_an_address_that_is_not_there_is_a_problem_and_never_a_redirect(api, path):
    reply = api.test_client().get(path)
    assert (reply.status_code, reply.content_type) == (404, "application/problem+json")
    assert reply.json["reason"] == "not-found"


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(call):
    reply = call("POST", "/whoami")
    assert (reply.status_code, reply.json()["reason"]) == (405, "method-not-allowed")
    assert reply.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_the_endpoint_itself_says_where_to_read_on(api):
    assert "/sample/docs" in api.test_client().get("/", base_url="http://127.0.0.1/sample/").json["detail"]


@pytest.mark.parametrize(
    ("method", "path", "scheme"),
    [
        ("GET", "/v1/collection/harbour/tides", "collection"),
        ("POST", "/v1/query/harbour/highest-tides", "query"),
        ("GET", "/v1/environment/demo/sandbox", "environment"),
    ],
)
def test_collections_queries_and_environments_are_resources_of_their_own(call, key, method, path, scheme):
    _, _, _, owner, name = path.split("/")
    assert call(method, path, key(resources=[f"{scheme}://{owner}/{name}"]), json={}).status_code == 200
    refused = call(method, path, key(resources=["algo://*", f"{scheme}://{owner}/other"]), json={})
    assert (refused.status_code, refused.json()["reason"]) == (403, Reason.RESOURCE_NOT_ALLOWED)
    assert call(method, path.replace(name, "other"), key(), json={}).status_code == 404


def test_a_query_answers_what_it_is_asked(call, key):
    reply = call("POST", "/v1/query/harbour/highest-tides", key(), json={"metres": 5})
    assert [row["port"] for row in reply.json()["rows"]] == ["Saint-Malo", "Brest"]


@pytest.mark.parametrize("asked", [[], {"metres": "5"}, {"metres": True}, "5"])
def test_a_query_that_is_none_is_told_what_it_takes(call, key, asked):
    reply = call("POST", "/v1/query/harbour/highest-tides", key(), json=asked)
    assert (reply.status_code, "metres" in reply.json()["detail"]) == (422, True)


def test_a_page_on_the_keys_host_may_read_the_answer_and_one_elsewhere_may_not(call, key):
    token = key(origin={"native": False, "hosts": ["www.example.org"]})
    here, elsewhere = "https://www.example.org", "https://www.example.org.evil.example"
    reply = call("GET", "/v1/data/", token, headers={"Origin": here})
    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (200, here)
    reply = call("GET", "/v1/data/", token, headers={"Origin": elsewhere})
    assert (reply.status_code, reply.json()["reason"]) == (403, Reason.ORIGIN_NOT_ALLOWED)
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize("path", ["/v1/algo/demo/Hello", "/v1/algo/demo/Archive", "/v1/data/a.txt", "/whoami"])
def test_a_browsers_question_before_the_request_is_answered_without_a_key(call, path):
    asked = {"Origin": "https://www.example.org", "Access-Control-Request-Method": "PUT"}
    reply = call("OPTIONS", path, headers=asked)
    assert (reply.status_code, "PUT" in reply.headers["Access-Control-Allow-Methods"]) == (204, True)
