"""What the sample API itself says no to, in the shape of each family; and how far its answers go."""

import pytest

from examples.research_api import alveo
from examples.research_api.app import BODY_LIMIT
from examples.research_api.corpus import ITEMS
from portal.config import Settings
from tests.examples.test_families import assert_shape

FORM = {"schemaName": "harbour", "query.queryName": "tides"}
ROWS = "/home/query-getQuery.api"


@pytest.mark.parametrize(
    ("family", "method", "path", "more", "status"),
    [
        ("alveo", "GET", "/item_lists/7", {}, 404),
        ("alveo", "GET", "/item_lists/one", {}, 404),
        ("alveo", "GET", "/catalog/logbook/dover", {}, 404),
        ("alveo", "GET", "/catalog/logbook/brest/document/none.txt", {}, 404),
        ("alveo", "GET", "/version/", {}, 404),
        ("alveo", "DELETE", "/item_lists/1", {}, 405),
        ("algorithmia", "GET", "/v1/data/nothing.txt", {}, 404),
        ("algorithmia", "GET", "/v1/data/a//b", {}, 400),
        ("algorithmia", "POST", "/v1/algo/demo/Nothing", {"json": "x"}, 404),
        ("algorithmia", "POST", "/v1/algo/demo/Hello/2.0", {"json": "x"}, 404),
        ("algorithmia", "POST", "/v1/algo/demo/Hello", {"data": b"{", "content_type": "application/json"}, 400),
        ("algorithmia", "POST", "/v1/algo/demo/Hello", {"data": b"x", "content_type": "image/png"}, 415),
        ("algorithmia", "POST", "/v1/algo/demo/Hello", {"json": 7}, 422),
        ("algorithmia", "PUT", "/v1/data/a", {"data": b"a" * (BODY_LIMIT + 1)}, 413),
        ("algorithmia", "GET", "/v1/algo/demo/Hello", {}, 405),
        ("labkey", "POST", ROWS, {"data": FORM | {"query.queryName": "other"}}, 404),
        ("labkey", "POST", ROWS, {"data": {}}, 404),
        ("labkey", "POST", ROWS, {"data": b"{", "content_type": "application/json"}, 404),
        ("labkey", "POST", ROWS, {"data": FORM | {"query.port~eq": "Brest"}}, 400),
        ("labkey", "POST", ROWS, {"data": FORM | {"query.sort": "port"}}, 400),
        ("labkey", "POST", ROWS, {"data": FORM | {"query.maxRows": "many"}}, 400),
        ("labkey", "POST", ROWS, {"data": FORM | {"query.offset": "-2"}}, 400),
        ("labkey", "POST", ROWS, {"json": {"schemaName": "a" * BODY_LIMIT}}, 413),
        ("labkey", "GET", "/home/query-nothing.api", {}, 404),
        ("labkey", "GET", ROWS, {}, 405),
        ("cloudmc", "GET", "/v1/services/compute/other/instances", {}, 404),
        ("cloudmc", "GET", "/v1/services/other/sandbox/instances", {}, 404),
        ("cloudmc", "GET", "/v1/environments/", {}, 404),
        ("cloudmc", "POST", "/v1/environments", {"json": {}}, 405),
    ],
)
def test_each_family_is_told_in_its_own_shape(api, key, family, method, path, more, status):
    reply = api.test_client().open(path, method=method, headers={"X-API-Key": key()}, **more)
    assert (reply.status_code, reply.is_json) == (status, True)
    assert_shape(family, reply.json)
    assert reply.headers["X-Auth-Reason"]
    assert not {"Location", "Set-Cookie"} & set(reply.headers.keys())
    assert (status == 405) == ("Allow" in reply.headers)


@pytest.mark.parametrize(
    ("family", "path"),
    [
        ("alveo", "/version"), ("algorithmia", "/v1/data/"), ("labkey", "/home/login-whoami.api"),
        ("cloudmc", "/v1/environments"),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_the_familys_shape_and_says_nothing_of_its_cause(api, key, monkeypatch, family, path):
    endpoint, _ = api.url_map.bind("").match(path)
    monkeypatch.setitem(api.view_functions, endpoint, lambda **_: 1 / 0)
    reply = api.test_client().get(path, headers={"X-API-Key": key()})
    assert (reply.status_code, reply.headers["X-Auth-Reason"]) == (500, "internal-server-error")
    assert_shape(family, reply.json)
    assert "zero" not in reply.text


@pytest.mark.parametrize(
    "path", ["/whoami", "/v1/collection/harbour/tides", "/v1/environment/demo/sandbox", "/nothing"]
)
def test_what_is_no_familys_stays_a_problem(api, path):
    reply = api.test_client().get(path)
    assert reply.content_type == "application/problem+json"
    assert reply.json.keys() == {"type", "title", "status", "detail", "reason"}


def test_a_browser_too_is_asked_for_basic_where_labkeys_clients_call(api):
    browser = {"User-Agent": "Mozilla/5.0", "Accept": "text/html"}
    reply = api.test_client().get("/home/login-whoami.api", headers=browser)
    assert [one.partition(" ")[0] for one in reply.headers.getlist("WWW-Authenticate")] == ["Bearer", "Basic"]


@pytest.mark.parametrize(
    ("asked", "ports"),
    [
        ({"query.maxRows": "2"}, ["Aberdeen", "Brest"]), ({"query.offset": "3"}, ["Saint-Malo"]),
        ({"query.maxRows": "1", "query.offset": "1"}, ["Brest"]), ({"query.maxRows": "0"}, []),
        ({"query.offset": "9"}, []),
    ],
)  # fmt: skip
def test_rows_come_as_many_as_are_asked_for(api, key, asked, ports):
    reply = api.test_client().post(ROWS, data=FORM | asked, headers={"apikey": key()}).json
    assert ([row["port"] for row in reply["rows"]], reply["rowCount"]) == (ports, 4)


def test_a_name_with_a_slash_in_it_opens_nothing_else(api, key):
    token = key(resources=["collection://harbour/*"])
    asked = {"schemaName": "harbour/tides", "query.queryName": ""}
    assert api.test_client().post(ROWS, data=asked, headers={"apikey": token}).status_code in {403, 404}


@pytest.mark.parametrize("base", ["http://127.0.0.1:5000", "http://localhost", "https://api.example.org/sample"])
def test_addresses_begin_as_the_client_wrote_them_and_can_be_followed(api, key, base):
    client, headers = api.test_client(), {"X-API-Key": key()}

    def get(address):
        assert address.startswith(f"{base}/")
        return client.get(address.removeprefix(base), base_url=base, headers=headers)

    lists = get(f"{base}/item_lists").json["own"]
    items = get(lists[0]["item_list_url"]).json["items"]
    told = [get(address).json for address in items]
    texts = [get(document["alveo:url"]).text for one in told for document in one["alveo:documents"]]
    assert texts == [document.text for item in ITEMS for document in item.documents]
    assert [one["alveo:catalog_url"] for one in told] == items


def test_behind_a_proxy_that_speaks_https_the_addresses_do_too(api, folder):
    api.extensions["portal.settings"] = Settings(
        PORTAL_DATA_DIR=folder.path, PORTAL_PUBLIC_URL="https://api.example.org"
    )
    for host, base in (("api.example.org", "https://api.example.org"), ("127.0.0.1:8000", "http://127.0.0.1:8000")):
        with api.test_request_context("/item_lists", base_url=f"http://{host}/sample"):
            assert alveo.base_address() == f"{base}/sample"


def test_each_family_answers_the_key_in_the_headers_of_its_clients(api, key):
    token, client = key(), api.test_client()
    for headers in ({"X-API-KEY": token}, {"X-Api-Key": token}):
        assert client.get("/version", headers=headers).status_code == 200
    for value in (token, f"Simple {token}", f"Bearer {token}"):
        assert client.get("/v1/data/", headers={"Authorization": value}).status_code == 200
    assert client.get("/home/login-whoami.api", headers={"apikey": token}).status_code == 200
    assert client.get("/home/login-whoami.api", auth=("apikey", token)).status_code == 200
    for name in ("MC-Api-Key", "Mc-Api-Key"):
        assert client.get("/v1/environments", headers={name: token}).status_code == 200
