import json
from pathlib import Path
from typing import Any

import pytest

from portal.config import ProxyKind, Settings
from portal.gateway.lane import Lane, answers, open_lane
from portal.keys.peppers import Peppers
from portal.keys.token import mint
from portal.verification.store_sqlite import SqliteStore
from portal.verification.verifier import Verifier
from tests.gateway.conftest import SERVICE_TOKEN, ask
from tests.support.limiter import make_limiter


def test_it_says_that_it_serves(lane: Lane) -> None:
    reply = ask(lane, "GET", "/healthz")
    assert (reply.status, reply.body, reply["Content-Type"]) == (200, b"ok", "text/plain; charset=utf-8")
    assert ask(lane, "POST", "/healthz")["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "", "/auth.", "//auth", "/Auth", "/api/v1/verify/x", "/\xe9\x00"])
def test_any_other_address_is_a_404(lane: Lane, path: str) -> None:
    reply = ask(lane, "GET", path)
    assert (reply.status, reply.json["reason"]) == (404, "not-found")
    assert not answers(path)


def test_it_answers_its_own_addresses() -> None:
    assert all(answers(path) for path in ("/auth", "/api/v1/verify", "/healthz"))


def test_a_database_that_is_gone_is_a_503_that_lets_nobody_in(
    settings: Settings, peppers: Peppers, recorder: Any, tmp_path: Path
) -> None:
    verifier = Verifier(SqliteStore(tmp_path / "gone.db"), peppers, recorder, make_limiter())
    lane = Lane(verifier, settings.model_copy(update={"proxy_kind": ProxyKind.CADDY}), SERVICE_TOKEN)
    token = str(mint("ptl"))
    for reply in (
        ask(lane, "GET", "/auth", x_api_key=token),
        ask(
            lane, "POST", "/api/v1/verify", json.dumps({"key": token}).encode(), authorization=f"Bearer {SERVICE_TOKEN}"
        ),
    ):
        assert (reply.status, reply["Retry-After"], reply["X-Auth-Reason"]) == (503, "1", "unavailable")


def test_an_unforeseen_fault_is_a_503_and_the_log_does_not_show_the_key(
    settings: Settings, peppers: Peppers, recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    token = str(mint("ptl"))

    class Broken:
        def recall(self, digest: bytes) -> None:
            raise KeyError(token)

    reply = ask(
        Lane(Verifier(Broken(), peppers, recorder, make_limiter()), settings, SERVICE_TOKEN),
        "GET",
        "/auth",
        x_api_key=token,
    )
    assert (reply.status, reply["X-Error-Status"]) == (403, "503")
    assert "KeyError" in caplog.text
    assert token.rpartition("_")[2] not in caplog.text


def test_the_lane_of_an_installation_can_be_opened_from_its_settings(settings: Settings) -> None:
    assert ask(open_lane(settings), "GET", "/healthz").status == 200
