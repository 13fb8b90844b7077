import json
import logging

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from portal import logs
from portal.config import LogFormat, LogLevel
from portal.errors import PortalError, Unavailable
from portal.web.permissions import ANYONE, may_call
from tests.support.visitor import PARTIAL


@pytest.fixture
def broken(app: Flask) -> FlaskClient:
    """A client of a portal that also has views that fail in every way."""

    @app.get("/broken/<how>")
    @may_call(ANYONE)
    def fail(how: str) -> str:
        if how == "unavailable":
            raise Unavailable
        if how == "database":
            raise OperationalError("SELECT 1", {}, Exception("database is locked"))
        if how == "crowd":
            raise NoConnection
        if how == "portal":
            raise PortalError("the chain has no head")
        if how == "fault":
            raise RuntimeError("a private detail")
        abort(int(how))

    app.testing = False
    return app.test_client()


def test_a_fault_is_a_page_that_names_the_request_and_nothing_private(broken):
    answer = broken.get("/broken/fault")
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text
    assert "private" not in answer.text


@pytest.mark.parametrize("how", ["unavailable", "database", "crowd"])
def test_a_database_out_of_reach_is_a_503_that_says_when_to_come_back(broken, how):
    answer = broken.get(f"/broken/{how}")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize(
    ("how", "level", "words"),
    [
        ("fault", logging.ERROR, "Exception on /broken/fault"), ("portal", logging.ERROR, "the chain has no head"),
        ("unavailable", logging.WARNING, "out of reach"), ("database", logging.WARNING, "database is locked"),
        ("crowd", logging.WARNING, "Every connection to the database was in use"),
    ],
)  # fmt: skip
def test_what_goes_wrong_here_is_written_down_once(broken, caplog, how, level, words):
    broken.get(f"/broken/{how}")
    [written] = [record for record in caplog.records if record.levelno > logging.INFO]
    assert written.levelno == level
    assert words in written.getMessage()
    assert bool(written.exc_info) == (level == logging.ERROR)


def test_what_was_written_down_names_the_request(broken, capsys):
    logs.set_up(LogFormat.JSON, LogLevel.INFO)
    answer = broken.get("/broken/portal")
    [line] = [json.loads(line) for line in capsys.readouterr().err.splitlines() if "the chain has no head" in line]
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert "Traceback" in line["exception"]


def test_the_statement_that_failed_is_not_written_down(broken, caplog):
    broken.get("/broken/database")
    assert "SELECT 1" not in caplog.text


@pytest.mark.parametrize("status", [400, 403, 405, 409, 413, 418, 422, 429, 451, 500, 502])
def test_every_status_has_a_title_and_a_sentence(broken, status):
    answer = broken.get(f"/broken/{status}")
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


@pytest.mark.parametrize(("status", "phrase"), [(409, "Conflict"), (422, "Unprocessable Entity")])
def test_a_form_that_cannot_be_taken_is_said_in_words_of_ours(broken, status, phrase):
    text = broken.get(f"/broken/{status}").text
    assert phrase not in text
    assert "nothing was changed" in text.lower()


def test_a_page_that_is_not_there_tells_nothing_of_the_request(client, visit, alice):
    signed_out = client.get("/no-such-page").data
    visitor = visit(alice)
    assert visitor.get("/other").data == signed_out
    assert visitor.post("/profile/sessions/4711/end").data == signed_out


def test_the_sign_in_of_another_person_is_the_same_404_as_none(visit, alice, bob):
    bobs, visitor = visit(bob), visit(alice)
    theirs = visitor.post("/profile/sessions/1/end")
    nobodys = visitor.post("/profile/sessions/4711/end")
    assert (theirs.status_code, theirs.data) == (404, nobodys.data)
    assert bobs.get("/profile").status_code == 200


def test_inside_htmx_an_error_goes_to_the_top_of_the_page(broken):
    answer = broken.get("/broken/403", headers=PARTIAL)
    assert answer.headers["HX-Retarget"] == "#trouble"
    assert answer.text.startswith('<div id="trouble"')


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json"])
def test_a_program_gets_problem_json(broken, accept):
    answer = broken.get("/broken/403", headers={"Accept": accept})
    problem = json.loads(answer.data)
    assert answer.mimetype == "application/problem+json"
    assert problem["status"] == 403
    assert problem["reason"] == "forbidden"
    assert problem["request_id"] == answer.headers["X-Request-Id"]


def test_everything_below_api_is_for_programs(client):
    assert client.get("/api/nothing", headers={"Accept": "text/html"}).mimetype == "application/problem+json"


def test_a_method_that_is_not_allowed_is_answered_with_those_that_are(client):
    answer = client.put("/sign-in")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_body_that_is_too_large_is_a_413(client):
    assert client.post("/sign-in", data={"email": "x" * 70_000}).status_code == 413


def test_a_form_without_its_token_is_explained_to_someone_signed_in(visit, alice):
    answer = visit(alice).client.post("/profile/password", data={"current": "x"})
    assert answer.status_code == 400
    assert "This form was too old" in answer.text


def test_a_request_id_is_ours_and_never_taken_from_outside(client):
    answer = client.get("/sign-in", headers={"X-Request-Id": "mine"})
    assert len(answer.headers["X-Request-Id"]) == 10


@pytest.mark.parametrize(
    "path",
    [
        "/profile/sessions/%D9%A1%D9%A2/end", "/profile/sessions/" + "9" * 5000 + "/end", "/profile/sessions/-1/end",
        "/profile/sessions/99999999999999999999/end", "/%00", "/%ff%fe", "/invitations/%00",
        "/invitations/" + "x" * 3000, "/static/../portal.db", "/static/%2e%2e/wsgi.py",
    ],
)  # fmt: skip
def test_a_hostile_address_is_nothing_worse_than_not_found(visit, alice, path):
    visitor = visit(alice)
    assert visitor.post(path).status_code in {400, 404, 405}
    assert visitor.get(path).status_code in {400, 404, 405}
