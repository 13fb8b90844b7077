"""POST /api/v1/apps/exchange: from a one-time code to a key."""

import pytest

from portal.keys import finder
from tests.handover.conftest import LAUNCH, add, begin, galaxy  # noqa: F401  # fixtures

ADDRESS = "/api/v1/apps/exchange"


@pytest.fixture
def send(app, galaxy):  # noqa: F811
    client = app.test_client(use_cookies=False)

    def do(auth=(galaxy.app.public_id, str(galaxy.secret)), **body):
        return client.post(ADDRESS, auth=auth, **({"json": body} if "data" not in body else body))

    return do


@pytest.fixture
def code(begin, alice, issue):  # noqa: F811
    issue(alice, "own")
    return begin()


def test_the_answer_holds_the_key_and_whose_it_is(send, code, session, peppers, alice):
    answer = send(code=code, redirect=LAUNCH)
    told = answer.json
    key = finder.by_token(session, peppers, told.pop("key"))
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert told == {
        "public_id": key.public_id, "name": "Galaxy", "user": alice.email,
        "endpoint": "http://127.0.0.1:8000/sample", "expires": key.expires_at.isoformat(timespec="seconds"),
    }  # fmt: skip


def test_the_key_is_listed_and_works_until_it_is_revoked(send, code, visit, alice):
    public_id = send(code=code, redirect=LAUNCH).json["public_id"]
    visitor = visit(alice)
    assert public_id in visitor.get("/profile/api-credentials").text
    visitor.post(f"/profile/api-credentials/{public_id}/revoke")
    assert public_id not in visitor.get("/profile/api-credentials").text


def test_a_code_that_opens_nothing_is_said_in_one_way(send, code):
    send(code=code, redirect=LAUNCH)
    for wrong in (
        {"code": code, "redirect": LAUNCH},
        {"code": "x", "redirect": LAUNCH},
        {"code": code, "redirect": "x"},
    ):
        answer = send(**wrong)
        assert (answer.status_code, answer.json["reason"]) == (400, "code-invalid")


@pytest.mark.parametrize("auth", [None, ("", ""), ("ptla_nothing", "x"), ("apikey", "x")])
def test_without_the_apps_secret_nothing_is_looked_at(send, code, auth):
    answer = send(auth=auth, code=code, redirect=LAUNCH)
    assert (answer.status_code, answer.json["reason"]) == (401, "app-unknown")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert send(code=code, redirect=LAUNCH).status_code == 201


def test_an_api_key_is_no_secret_of_an_app(send, code, issue, alice):
    key, token = issue(alice, "another", kind="management")
    assert send(auth=(key.public_id, token), code=code, redirect=LAUNCH).status_code == 401


def test_the_secret_of_an_app_is_no_api_key(app, galaxy):  # noqa: F811
    answer = app.test_client().get("/api/v1/keys", headers={"Authorization": f"Bearer {galaxy.secret}"})
    assert answer.json["reason"] == "unknown"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": "x"}, 422), ({"code": 7, "redirect": LAUNCH}, 422),
        ({"code": "x", "redirect": LAUNCH, "more": 1}, 422),
        ({"code": "\ud800", "redirect": LAUNCH}, 422), ({"data": b"{", "content_type": "application/json"}, 400),
        ({"data": b"code=x"}, 415),
    ],
)  # fmt: skip
def test_a_body_that_is_none_is_said_so(send, body, status):
    answer = send(**body)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_where_an_admin_wants_no_new_keys_an_app_gets_none(app, send, code):
    app.test_cli_runner().invoke(args=["settings", "set", "new_keys", "no"])
    answer = send(code=code, redirect=LAUNCH)
    assert (answer.status_code, answer.json["reason"]) == (403, "new-keys-off")
