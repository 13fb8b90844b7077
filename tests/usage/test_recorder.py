import logging
import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.models import Person
from portal.keys import lifecycle
from portal.keys.models import Key
from portal.usage.fold import Fold
from portal.usage.recorder import UsageRecorder
from tests.usage.conftest import MINUTE, NOW, use

Stored = Callable[..., list[Any]]
Make = Callable[..., UsageRecorder]


def test_requests_are_stored_folded_by_minute(recorder: UsageRecorder, stored: Stored, key_id: int) -> None:
    for _ in range(3):
        recorder.record(NOW, use(key_id))
    recorder.record(NOW, use(key_id, reason="expired", resource="/x"))
    assert recorder.flush()
    assert stored() == [
        (MINUTE, key_id, 7, "192.0.2.7", "GET", "/whoami", None, 3),
        (MINUTE, key_id, 7, "192.0.2.7", "GET", "/x", "expired", 1),
    ]


def test_two_processes_add_to_one_row(
    recorder: UsageRecorder, make_recorder: Make, stored: Stored, key_id: int
) -> None:
    other = make_recorder()
    for one in (recorder, other, recorder):
        one.record(NOW, use(key_id))
        one.flush()
    assert [row[-1] for row in stored()] == [3]


def test_a_stranger_is_one_row_without_a_key(recorder: UsageRecorder, stored: Stored) -> None:
    for _ in range(1000):
        recorder.record(NOW, Fold(MINUTE, None, None, "192.0.2.9", None, None, "unknown"))
    recorder.flush()
    assert stored() == [(MINUTE, None, None, "192.0.2.9", None, None, "unknown", 1000)]


def test_the_last_use_never_moves_back(recorder: UsageRecorder, stored: Stored, key_id: int) -> None:
    for at, address in ((NOW + 5, "192.0.2.5"), (NOW + 1, "192.0.2.1")):
        recorder.record(at, use(key_id, address=address))
        recorder.flush()
    assert stored("SELECT key_id, at, address FROM key_last_used") == [(key_id, NOW + 5, "192.0.2.5")]


def test_a_refused_request_is_no_use(recorder: UsageRecorder, stored: Stored, key_id: int) -> None:
    recorder.record(NOW, use(key_id, reason="expired"))
    recorder.flush()
    assert stored("SELECT * FROM key_last_used WHERE used") == []


def test_a_key_that_is_gone_holds_nobody_up(recorder: UsageRecorder, stored: Stored, key_id: int) -> None:
    recorder.record(NOW, use(key_id))
    recorder.record(NOW, use(424242))
    assert recorder.flush()
    assert stored("SELECT key_id FROM key_last_used WHERE used") == [(key_id,)]


def test_it_touches_no_row_that_a_verdict_reads(recorder: UsageRecorder, stored: Stored, key_id: int) -> None:
    before = stored("SELECT max(seq) FROM key_change")
    recorder.record(NOW, use(key_id))
    recorder.flush()
    assert stored("SELECT max(seq) FROM key_change") == before


def test_a_token_in_a_path_is_not_stored(
    recorder: UsageRecorder, stored: Stored, alice: Person, issue: Callable[..., tuple[Any, str]]
) -> None:
    key, token = issue(alice)
    recorder.record(NOW, use(key.id, resource=f"/download/{token}/x"))
    recorder.flush()
    assert [row[5] for row in stored()] == ["/download/[API key]/x"]


def test_paths_that_become_one_without_their_tokens_are_one_row(
    recorder: UsageRecorder, stored: Stored, key_id: int
) -> None:
    for secret in ("NotARealSecret1", "NotARealSecret2"):
        recorder.record(NOW, use(key_id, resource=f"/a/ptl_7Hq2Wd9xKm_{secret}"))
    assert recorder.flush()
    assert [row[5:] for row in stored()] == [("/a/[API key]", None, 2)]


@pytest.mark.parametrize(
    "resource", ["/a\x00b", "/a\x1b[31m", "/\ud800", "/\u00e9\U0001f511", "'; DROP TABLE access --"]
)
def test_hostile_paths_are_stored_and_read_back(
    recorder: UsageRecorder, stored: Stored, key_id: int, resource: str
) -> None:
    recorder.record(NOW, use(key_id, resource=resource))
    assert recorder.flush()
    (row,) = stored()
    assert len(row[5]) == len(resource)
    assert row[5].replace("\ufffd", "").isprintable()


def test_what_cannot_be_stored_is_kept_and_said_once(
    recorder: UsageRecorder, stored: Stored, alter: Callable[[str], None], key_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    alter("ALTER TABLE access RENAME TO away")
    for _ in range(3):
        recorder.record(NOW, use(key_id))
        assert not recorder.flush()
    alter("ALTER TABLE away RENAME TO access")
    assert recorder.flush()
    assert [row[-1] for row in stored()] == [3]
    complaints = [record for record in caplog.records if record.name == "portal.usage.recorder"]
    assert [record.levelno for record in complaints if record.levelno > logging.INFO] == [logging.ERROR]


def test_dropping_is_said_once(make_recorder: Make, caplog: pytest.LogCaptureFixture) -> None:
    recorder = make_recorder(most_rows=1)
    for number in range(5):
        recorder.record(NOW, use(1, resource=f"/{number}"))
        recorder.record(NOW, use(1, resource=f"/again/{number}"))
        recorder.flush()
    assert [record.getMessage() for record in caplog.records if "dropped" in record.getMessage()] == [
        "Access records are dropped from now on: 1 are waiting to be stored."
    ]


@pytest.mark.usefixtures("nobody_can_write")
def test_a_locked_database_does_not_slow_a_request(make_recorder: Make, key_id: int) -> None:
    recorder = make_recorder(every_seconds=0.05)
    begun = time.monotonic()
    for _ in range(100):
        recorder.record(NOW, use(key_id))
        time.sleep(0.001)
    assert time.monotonic() - begun < 0.5


def test_it_stores_by_itself(make_recorder: Make, stored: Stored, key_id: int) -> None:
    recorder = make_recorder(every_seconds=0.05)
    recorder.record(NOW, use(key_id))
    deadline = time.monotonic() + 20
    while not stored() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [row[-1] for row in stored()] == [1]


def test_a_request_that_ends_after_the_last_flush_is_stored(
    recorder: UsageRecorder, stored: Stored, key_id: int
) -> None:
    recorder.close()
    recorder.record(NOW, use(key_id))
    assert [row[-1] for row in stored()] == [1]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_records_for_itself(recorder: UsageRecorder, stored: Stored, key_id: int) -> None:
    recorder.record(NOW, use(key_id))
    child = os.fork()
    if child == 0:
        try:
            recorder.record(NOW, use(key_id))
            recorder.flush()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    recorder.flush()
    assert [row[-1] for row in stored()] == [2]


def test_thousands_of_rows_are_stored_in_one_go(recorder: UsageRecorder, stored: Stored) -> None:
    for number in range(5000):
        recorder.record(NOW, use(number % 50, resource=f"/{number}"))
    assert recorder.flush()
    assert stored("SELECT count(*), sum(calls) FROM access") == [(5000, 5000)]


def test_what_was_deleted_stays_forgotten(
    recorder: UsageRecorder, stored: Stored, key_id: int, session: Any, as_alice: Any
) -> None:
    recorder.record(NOW, use(key_id, secret=b"s" * 32))
    lifecycle.delete(session, as_alice, session.get(Key, key_id))
    session.commit()
    assert recorder.flush()
    assert stored("SELECT key_id FROM key_last_used WHERE used UNION SELECT key_id FROM secret_last_used") == []


@pytest.mark.parametrize(
    "path",
    [
        "/a/ptl_7Hq2Wd9xKm_NotARealSecretJustAPicture0000xQ2mZa", "/a/ptl_7Hq2Wd9xKm_NotARealSecretJust",
        "/enc/ptl%5F7Hq2Wd9xKm%5FNotARealSecretJustAPicture0000xQ2mZa", "/a/p%74l_7Hq2Wd9xKm_NotAReal",
    ],
)  # fmt: skip
def test_no_form_and_no_part_of_a_token_is_stored(
    recorder: UsageRecorder, stored: Stored, key_id: int, path: str
) -> None:
    recorder.record(NOW, use(key_id, resource=path))
    recorder.flush()
    ((stored,),) = stored("SELECT resource FROM access")
    assert "NotAReal" not in stored
    assert "[API key]" in stored
