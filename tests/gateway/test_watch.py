"""What watches the portal asks: is it there, can it answer, what are its numbers?"""

import hashlib
import re
import sqlite3
import threading
import time

import pytest

from portal import logs, readiness
from portal.config import LogFormat, LogLevel, Settings
from portal.gateway.lane import ROUTES, Lane
from portal.gateway.meters import AUTH
from portal.readiness import Readiness
from tests.gateway.conftest import SERVICE_TOKEN, ask

ADDRESSES = ["/auth", "/api/v1/verify", "/oauth/introspect", "/healthz", "/readyz", "/metrics"]


def test_the_lane_answers_these_addresses_and_no_other():
    assert sorted(ROUTES) == sorted(ADDRESSES)


def bearer(folder):
    return {"authorization": f"Bearer {folder.metrics_token()}"}


def test_the_numbers_are_told_to_whoever_has_the_token(lane, folder):
    reply = ask(lane, "GET", "/metrics", **bearer(folder))
    assert reply.status == 200
    assert reply["Content-Type"].startswith("text/plain; version=")


def test_an_own_token_is_taken_instead_of_the_one_in_the_data_folder(verifier, folder):
    settings = Settings(PORTAL_DATA_DIR=folder.path, PORTAL_METRICS_TOKEN="a token of one's own choice")
    lane = Lane(verifier, settings, SERVICE_TOKEN)
    assert ask(lane, "GET", "/metrics", authorization="Bearer a token of one's own choice").status == 200
    assert ask(lane, "GET", "/metrics", **bearer(folder)).status == 401


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"authorization": "Bearer no"},
        {"authorization": f"Bearer {SERVICE_TOKEN}"},
        {"authorization": "Bearer \xe9"},
    ],
)
def test_a_stranger_is_told_nothing(lane, sent):
    reply = ask(lane, "GET", "/metrics", **sent)
    assert reply.status == 401
    assert reply["Content-Type"] == "application/problem+json"
    assert reply.json["reason"] == "metrics-token-needed"
    assert b"portal_" not in reply.body


def test_an_api_key_opens_no_numbers(lane, alice, issue):
    _key, token = issue(alice)
    assert ask(lane, "GET", "/metrics", authorization=f"Bearer {token}").status == 401


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/healthz"])
def test_nothing_else_than_reading_is_possible(lane, path):
    assert ask(lane, "POST", path).status == 405


def test_each_verification_is_counted_by_door_and_outcome(lane, verify, folder, alice, issue):
    _key, token = issue(alice)
    before = dict(AUTH.outcomes())
    for header in ({"authorization": f"Bearer {token}"}, {"authorization": "Bearer nonsense"}, {}):
        ask(lane, "GET", "/auth", **header)
    verify({"key": token})
    added = {str(outcome): number - before[outcome] for outcome, number in AUTH.outcomes().items()}
    assert {outcome for outcome, number in added.items() if number} == {"allowed", "malformed", "missing"}


def test_a_database_that_does_not_answer_is_counted_as_that(lane, folder, alice, issue):
    _key, token = issue(alice)
    before = AUTH.outcomes()["unavailable"]
    folder.database.unlink()
    assert ask(lane, "GET", "/auth", authorization=f"Bearer {token}").json["reason"] == "unavailable"
    assert AUTH.outcomes()["unavailable"] == before + 1


def test_a_fault_of_a_verification_is_logged_with_the_id_of_its_request(lane, folder, alice, issue, capsys):
    _key, token = issue(alice)
    logs.set_up(LogFormat.TEXT, LogLevel.INFO)
    folder.database.unlink()
    ask(lane, "GET", "/auth", authorization=f"Bearer {token}")
    assert re.search(
        r"portal\.gateway\.faults: A key could not be verified: .* request_id=[0-9a-f]{10}", capsys.readouterr().err
    )


def test_an_answer_that_took_long_is_logged_with_its_id_and_a_quick_one_is_not(lane, caplog, monkeypatch):
    ask(lane, "GET", "/auth")
    assert caplog.records == []
    monkeypatch.setattr("portal.gateway.meters.SLOW_SECONDS", 0.0)
    ask(lane, "GET", "/auth")
    assert [record.getMessage() for record in caplog.records] == ["A verification took 0.0 s."]


def readyz(lane):
    reply = ask(lane, "GET", "/readyz")
    return reply.status, reply.body.decode(), reply["Retry-After"]


def test_a_process_that_can_answer_is_ready(lane):
    assert readyz(lane) == (200, "ready", "")


def write(folder, statement, *values):
    with sqlite3.connect(folder.database) as database:
        database.execute(statement, values)
    database.close()


@pytest.mark.parametrize(
    ("statement", "values", "word"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", (), "schema"),
        ("DELETE FROM alembic_version", (), "schema"),
        ("INSERT INTO pepper VALUES (7, ?)", (hashlib.sha256(b"").digest()[:16],), "peppers"),
        ("DROP TABLE alembic_version", (), "database"),
    ],
)  # fmt: skip
def test_one_that_cannot_answer_truthfully_says_why_in_one_word(lane, folder, statement, values, word):
    write(folder, statement, *values)
    assert readyz(lane) == (503, word, "1")


def test_a_database_that_is_gone_is_said_so(lane, folder):
    folder.database.unlink()
    assert readyz(lane) == (503, "database", "1")


def test_one_that_is_told_to_stop_says_so_at_once(lane, monkeypatch):
    stopping = threading.Event()
    monkeypatch.setattr(readiness, "STOPPING", stopping)
    assert readyz(lane)[0] == 200
    stopping.set()
    assert readyz(lane) == (503, "stopping", "1")
    assert ask(lane, "GET", "/healthz").status == 200
    assert ask(lane, "GET", "/auth").status == 401


class Slow(Readiness):
    """A readiness whose database takes a while."""

    def __init__(self, settings, seconds):
        super().__init__(settings)
        self.asked, self.seconds, ask = 0, seconds, self._ask

        def slowly():
            self.asked += 1
            time.sleep(self.seconds)
            return ask()

        self._ask = slowly


def test_the_database_is_asked_once_a_second_whoever_asks_how_often(settings):
    slow = Slow(settings, 0.0)
    words = [slow.word() for _ in range(200)]
    assert set(words) == {"ready"}
    assert slow.asked == 1


def test_a_crowd_at_a_frozen_database_costs_one_question_and_holds_one_thread(settings, monkeypatch):
    monkeypatch.setattr(readiness, "WAIT_SECONDS", 0.3)
    slow = Slow(settings, 3.0)
    took = []

    def ask_once():
        began = time.monotonic()
        word = slow.word()
        took.append((time.monotonic() - began, word))

    crowd = [threading.Thread(target=ask_once) for _ in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert slow.asked == 1
    assert sum(seconds > 0.25 for seconds, _word in took) == 1
    assert {word for _seconds, word in took} <= {"database", "starting"}
    assert slow.word() == "database"


def test_health_touches_nothing(lane, folder):
    folder.database.unlink()
    assert ask(lane, "GET", "/healthz").status == 200
