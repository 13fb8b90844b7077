"""Who is let in, and how every error is said."""

import json

import pytest

from portal.web.permissions import KEY, declared

ROUTES = [
    ("GET", ""),
    ("POST", ""),
    ("GET", "/x"),
    ("PATCH", "/x"),
    ("POST", "/x/pause"),
    ("POST", "/x/resume"),
    ("POST", "/x/rotate"),
    ("POST", "/x/revoke"),
]


def reason(answer, status):
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    return answer.json["reason"]


def test_these_are_all_routes(app):
    ours = [rule for rule in app.url_map.iter_rules() if declared(app, rule.endpoint) is KEY]
    assert all(rule.endpoint.startswith("api.") for rule in ours)
    assert sum(len(rule.methods - {"HEAD", "OPTIONS"}) for rule in ours) == len(ROUTES)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_is_let_in_without_a_key(app, alice, method, path):
    answer = app.test_client().open(f"/api/v1/keys{path}", method=method)
    assert reason(answer, 401) == "missing"
    assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("kind", ["standard", "session"])
def test_a_key_of_another_kind_is_refused(calling, alice, issue, kind, method, path):
    _, token = issue(alice, kind=kind)
    assert reason(calling(token)(method, path), 403) == "management-key-needed"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_signed_in_person_is_not_let_in_by_a_cookie(visit, alice, method, path):
    assert visit(alice).client.open(f"/api/v1/keys{path}", method=method).status_code == 401


def test_a_management_key_obeys_its_own_networks(calling, session, manager, call):
    key, _ = manager
    key.policy = json.dumps(json.loads(key.policy) | {"networks": ["203.0.113.0/24"]})
    session.commit()
    assert reason(call(), 403) == "address-not-allowed"


def test_no_answer_sets_a_cookie_and_none_is_kept(call):
    answer = call()
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "what", "status"),
    [
        ("DELETE", "", {}, 405),
        ("GET", "/x/rotate", {}, 405),
        ("GET", "/x/y/z", {}, 404),
        ("GET", "/nobody", {}, 404),
        ("POST", "", {"data": "x" * 70_000, "content_type": "application/json"}, 413),
        ("POST", "", {"data": {"name": "ci"}}, 415),
        ("POST", "", {"data": "{", "content_type": "application/json"}, 400),
        ("POST", "", {"data": "[]", "content_type": "application/json"}, 400),
        ("POST", "", {"json": {}}, 422),
    ],
)
def test_every_error_is_a_problem_and_never_a_page(call, method, path, what, status):
    answer = call(method, path, headers={"Accept": "text/html"}, **what)
    assert reason(answer, status)
    assert answer.json["status"] == status


def test_a_fault_is_a_problem_too(app, call, monkeypatch):
    def fall(*_):
        raise RuntimeError("inner matters")

    monkeypatch.setattr("portal.api.list_keys.newest", fall)
    app.testing = False
    answer = call()
    assert reason(answer, 500) == "internal-server-error"
    assert "inner matters" not in answer.text


def test_a_program_that_sends_an_origin_of_its_own_site_needs_no_form(call):
    assert call("POST", json={"name": "ci"}, headers={"Sec-Fetch-Site": "none"}).status_code == 201


@pytest.mark.parametrize(("method", "path"), [(method, path.removeprefix("/x")) for method, path in ROUTES[2:]])
def test_another_persons_key_is_as_unknown_as_one_that_never_was(call, bob, issue, method, path):
    theirs, _ = issue(bob)
    what = {} if method == "GET" else {"json": {}}
    answers = [call(method, f"/{public_id}{path}", **what) for public_id in (theirs.public_id, "ptl_0000000000")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
