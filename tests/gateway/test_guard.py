from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, g

from portal.accounts.models import Person
from portal.config import ProxyKind, Settings
from portal.gateway.guard import protect, require_key
from portal.gateway.lane import Lane
from portal.gateway.opening import open_verifier
from portal.keys.peppers import Peppers
from portal.keys.token import mint
from portal.verification.store_sqlite import SqliteStore
from portal.verification.verifier import Verifier
from tests.support.limiter import make_limiter


@pytest.fixture
def guarded(verifier: Verifier, settings: Settings) -> Flask:
    return guarded_app(verifier, settings)


def guarded_app(verifier: Verifier | None, settings: Settings) -> Flask:
    app = Flask("guarded")
    app.testing = True
    protect(app, verifier, settings)

    @app.route("/mine/<int:number>", methods=["GET", "POST"])
    @require_key
    def mine(number: int) -> dict[str, Any]:
        return {"number": number, "key": g.key._asdict()}

    @app.get("/called")
    @require_key()
    def called() -> str:
        return g.key.id

    return app


def test_a_good_key_reaches_the_view_and_the_view_knows_it(
    guarded: Flask, alice: Person, issue: Callable[..., Any]
) -> None:
    key, token = issue(alice, "notebook")
    reply = guarded.test_client().post("/mine/3", headers={"X-API-Key": token})
    assert reply.json == {
        "number": 3,
        "key": {"id": key.public_id, "name": "notebook", "kind": "standard", "user": alice.email, "user_id": alice.id},
    }
    assert guarded.test_client().get("/called", auth=("apikey", token)).text == key.public_id


def test_a_refused_request_never_reaches_the_view(guarded: Flask, engine: object) -> None:
    reply = guarded.test_client().get("/mine/3", headers={"Authorization": f"Bearer {mint('ptl')}"})
    assert (reply.status_code, reply.headers["X-Auth-Reason"]) == (401, "unknown")
    assert reply.content_type == "application/problem+json"
    assert reply.headers.getlist("WWW-Authenticate")[1].startswith("Basic ")
    assert "Set-Cookie" not in reply.headers


def test_a_refusal_is_the_same_from_the_guard_and_from_the_lane(
    guarded: Flask, verifier: Verifier, settings: Settings
) -> None:
    from tests.gateway.conftest import ask

    lane = Lane(verifier, settings.model_copy(update={"proxy_kind": ProxyKind.CADDY}), "")
    reply, forwarded = guarded.test_client().get("/called"), ask(lane, "GET", "/auth", user_agent="werkzeug")
    assert (reply.status_code, reply.data) == (forwarded.status, forwarded.body)
    assert sorted(reply.headers) == sorted(forwarded.headers)


def test_a_database_that_is_gone_lets_nobody_in(
    settings: Settings, peppers: Peppers, recorder: Any, tmp_path: Any
) -> None:
    app = guarded_app(Verifier(SqliteStore(tmp_path / "gone.db"), peppers, recorder, make_limiter()), settings)
    reply = app.test_client().get("/called", headers={"X-API-Key": str(mint("ptl"))})
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "1")


def test_a_view_that_is_guarded_without_protect_fails_closed() -> None:
    app = Flask("forgotten")
    app.add_url_rule("/", view_func=require_key(lambda: "in"))
    assert app.test_client().get("/").status_code == 500


def test_without_a_verifier_the_settings_give_the_one_of_the_process(
    settings: Settings, alice: Person, issue: Callable[..., Any]
) -> None:
    key, token = issue(alice)
    reply = guarded_app(None, settings).test_client().get("/called", headers={"X-API-Key": token})
    assert reply.text == key.public_id
    verifier = open_verifier(settings)
    assert open_verifier(settings) is verifier
    verifier._recorder.close()  # type: ignore[attr-defined]
