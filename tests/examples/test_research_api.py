from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from examples.research_api import create_app
from portal.accounts.models import Person
from portal.data_folder import DataFolder
from portal.keys.peppers import Peppers
from portal.usage.recorder import UsageRecorder
from portal.verification.store_sqlite import SqliteStore
from portal.verification.verifier import Verifier
from tests.support.limiter import make_limiter


@pytest.fixture
def client(folder: DataFolder, engine: object, peppers: Peppers) -> Iterator[FlaskClient]:
    recorder = UsageRecorder(folder.database, every_seconds=3600)
    yield create_app(
        Verifier(SqliteStore(folder.database), peppers, recorder, make_limiter(folder.database))
    ).test_client()
    recorder.close()


def test_it_says_whose_key_it_was_called_with(client: FlaskClient, alice: Person, issue: Callable[..., Any]) -> None:
    key, token = issue(alice, "notebook")
    reply = client.get("/whoami", auth=("apikey", token))
    assert reply.json == {"email": alice.email, "key": {"id": key.public_id, "name": "notebook", "kind": "standard"}}


def test_without_a_key_it_is_a_401_problem(client: FlaskClient) -> None:
    reply = client.get("/whoami")
    assert (reply.status_code, reply.content_type) == (401, "application/problem+json")
    assert reply.json["reason"] == "missing"
    assert "WWW-Authenticate" in reply.headers


@pytest.mark.parametrize("path", ["/", "/whoami/", "//whoami", "/docs/", "/\u00e9", "/static/nothing"])
def test_an_address_that_is_not_there_is_a_problem_and_never_a_redirect(client: FlaskClient, path: str) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply.content_type) == (404, "application/problem+json")
    assert reply.json["reason"] == "not-found"


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(client: FlaskClient) -> None:
    reply = client.post("/whoami")
    assert (reply.status_code, reply.json["reason"]) == (405, "method-not-allowed")
    assert reply.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_the_endpoint_itself_says_where_to_read_on(client: FlaskClient) -> None:
    assert "/sample/docs" in client.get("/", base_url="http://127.0.0.1/sample/").json["detail"]


def test_its_documentation_shows_the_addresses_of_the_installation(client: FlaskClient) -> None:
    page = client.get("/docs", base_url="http://evil.example/sample/").text
    assert "http://127.0.0.1:8000/sample/whoami" in page
    assert "evil.example" not in page


def test_its_documentation_is_a_plain_page(client: FlaskClient) -> None:
    reply = client.get("/docs", base_url="http://127.0.0.1:8000/sample/")
    assert reply.status_code == 200
    assert "<script" not in reply.text
    assert "style=" not in reply.text
    assert "http://127.0.0.1:8000/sample/whoami" in reply.text
    with client.get("/static/docs.css") as style:
        assert style.status_code == 200
    assert "Set-Cookie" not in reply.headers
