"""What a flush writes beside the access records."""

import os
import signal
import time

import pytest

from portal.keys import lifecycle
from portal.keys.models import Key
from portal.usage.recorder import UsageRecorder
from portal.usage.tally import MOST_PLACES, MOST_REFUSALS, SITE
from tests.usage.conftest import MINUTE, NOW, stranger, use

HOUR = MINUTE // 60
NETWORKS = "SELECT network, first_at, last_at FROM key_network ORDER BY network"


def test_each_flush_adds_to_the_hours_of_the_key_and_of_the_site(recorder, stored, key_id):
    for _ in range(2):
        recorder.record(NOW, use(key_id))
        recorder.record(NOW, use(key_id, reason="expired"))
        recorder.record(NOW, stranger())
        assert recorder.flush()
    assert stored("SELECT * FROM usage_hour ORDER BY key_id") == [(SITE, HOUR, 2, 4), (key_id, HOUR, 2, 2)]


def test_a_refusal_is_kept_with_its_reason_and_facts(recorder, stored, key_id):
    recorder.record(NOW + 5, use(key_id, reason="resource-not-allowed", resource="algo://demo/Hello", method="POST"))
    recorder.flush()
    recorder.record(NOW + 9, use(key_id, reason="resource-not-allowed", resource="algo://demo/Hello", method="POST"))
    recorder.flush()
    assert stored("SELECT key_id, first_at, at, reason, address, method, resource, calls FROM refusal") == [
        (key_id, NOW + 5, NOW + 9, "resource-not-allowed", "192.0.2.7", "POST", "algo://demo/Hello", 2)
    ]


def test_a_flood_of_refusals_leaves_the_newest_of_the_key_and_those_of_others(recorder, stored, key_id, issue, alice):
    other, _ = issue(alice, "other")
    recorder.record(NOW, use(other.id, reason="paused"))
    for number in range(3 * MOST_REFUSALS):
        recorder.record(NOW + number, use(key_id, reason="expired", resource=f"/{number}"))
        if number % 40 == 0:
            recorder.flush()
    recorder.flush()
    kept = stored(f"SELECT at FROM refusal WHERE key_id = {key_id} ORDER BY at")
    assert [at for (at,) in kept] == list(range(NOW + 2 * MOST_REFUSALS, NOW + 3 * MOST_REFUSALS))
    assert stored(f"SELECT count(*) FROM refusal WHERE key_id = {other.id}") == [(1,)]


def test_the_first_use_from_a_network_is_kept_and_the_last_to_the_hour(recorder, stored, key_id):
    for minutes in (0, 30, 90):
        recorder.record(NOW, use(key_id, minute=MINUTE + minutes, address=f"10.1.2.{minutes}"))
        recorder.flush()
    recorder.record(NOW, use(key_id, address="2001:db8:1:2::3"))
    recorder.flush()
    assert stored(NETWORKS) == [
        ("10.1.2.0/24", NOW, NOW + 90 * 60_000), ("2001:db8:1::/48", NOW, NOW),
    ]  # fmt: skip
    assert len(stored("SELECT * FROM key_address")) == 4


def test_a_key_in_steady_use_writes_no_place_again_within_the_hour(recorder, stored, key_id):
    for minutes in (0, 30):
        recorder.record(NOW, use(key_id, minute=MINUTE + minutes))
        recorder.flush()
    assert stored(NETWORKS) == [("192.0.2.0/24", NOW, NOW)]


def test_of_a_key_that_is_used_from_everywhere_the_newest_places_are_kept(recorder, stored, key_id):
    for number in range(MOST_PLACES + 20):
        recorder.record(NOW, use(key_id, minute=MINUTE + number, address=f"10.{number}.0.1"))
    recorder.flush()
    assert stored("SELECT count(*), min(first_at) FROM key_network") == [(MOST_PLACES, NOW + 20 * 60_000)]
    assert stored("SELECT count(*) FROM key_address") == [(MOST_PLACES,)]


def test_a_token_in_a_path_is_not_kept_among_the_refusals(recorder, stored, issue, alice):
    key, token = issue(alice)
    recorder.record(NOW, use(key.id, resource=f"/download/{token}/x", reason="expired"))
    recorder.flush()
    assert stored("SELECT resource FROM refusal") == [("/download/[API key]/x",)]


def test_of_a_deleted_key_no_place_and_no_refusal_is_kept(recorder, stored, key_id, session, as_alice):
    recorder.record(NOW, use(key_id))
    recorder.record(NOW, use(key_id, reason="revoked"))
    lifecycle.delete(session, as_alice, session.get(Key, key_id))
    session.commit()
    recorder.flush()
    for table in ("key_network", "key_address", "refusal"):
        assert stored(f"SELECT * FROM {table}") == []


def test_what_could_not_be_stored_is_added_once(recorder, stored, alter, key_id):
    recorder.record(NOW, use(key_id, reason="expired"))
    alter("ALTER TABLE key_address RENAME TO away")
    recorder.record(NOW, use(key_id))
    assert not recorder.flush()
    alter("ALTER TABLE away RENAME TO key_address")
    assert recorder.flush()
    assert stored("SELECT * FROM usage_hour ORDER BY key_id") == [(SITE, HOUR, 1, 1), (key_id, HOUR, 1, 1)]
    assert stored("SELECT calls FROM refusal") == [(1,)]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_crash_at_a_thousand_requests_a_second_loses_a_second_of_counts(open_sink, stored, key_id):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        recorder = UsageRecorder(open_sink())
        for _ in range(100_000):
            recorder.record(int(time.time() * 1000), use(key_id))
            os.write(writing, b".")
            time.sleep(0.001)
        os._exit(0)
    time.sleep(3)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(writing)
    recorded, ((kept,),) = len(os.read(reading, 1_000_000)), stored("SELECT calls FROM usage_hour WHERE key_id = 0")
    assert recorded > 1000
    assert recorded - kept <= recorded / 3 * 1.4  # a second, and what a flush takes on a busy machine
