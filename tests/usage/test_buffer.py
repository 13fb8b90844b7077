import threading

from portal.usage import buffer
from portal.usage.buffer import MOST_FOLDS_OF_A_KEY, UsageBuffer
from portal.usage.fold import Fold

MINUTE = 30_000_000
NOW = MINUTE * 60_000


def use(key_id: int = 1, resource: str = "/", address: str = "192.0.2.7") -> Fold:
    return Fold(MINUTE, key_id, 7, address, "GET", resource, None)


def stranger(address: str) -> Fold:
    return Fold(MINUTE, None, None, address, None, None, "unknown")


def test_equal_requests_of_a_minute_are_one_row() -> None:
    usage = UsageBuffer()
    for _ in range(5):
        usage.add(NOW, use())
    assert usage.take().counts == {use(): 5}


def test_what_was_taken_is_gone() -> None:
    usage = UsageBuffer()
    usage.add(NOW, use())
    usage.take()
    assert usage.take() == ({}, {}, {}, {}, {})


def test_the_last_use_is_the_latest_and_only_of_those_let_in() -> None:
    usage = UsageBuffer()
    usage.add(NOW + 2, use(address="192.0.2.2"))
    usage.add(NOW + 1, use(address="192.0.2.1"))
    usage.add(NOW + 3, use(key_id=2)._replace(reason="expired"))
    usage.add(NOW + 3, stranger("192.0.2.9"))
    assert usage.take().last_used == {1: (NOW + 2, "192.0.2.2")}


def test_threads_lose_no_count() -> None:
    usage = UsageBuffer()
    threads = [threading.Thread(target=lambda: [usage.add(NOW, use()) for _ in range(5000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert usage.take().counts == {use(): 20_000}


def test_a_full_buffer_drops_new_rows_counts_them_and_still_counts_the_old() -> None:
    usage = UsageBuffer(most_rows=2)
    for resource in ("/a", "/b", "/c", "/d", "/a"):
        usage.add(NOW, use(resource=resource))
    assert usage.dropped == 2
    assert usage.take().counts == {use(resource="/a"): 2, use(resource="/b"): 1}


def test_what_is_given_back_is_added_to_what_came_since() -> None:
    usage = UsageBuffer()
    usage.add(NOW, use())
    taken = usage.take()
    usage.add(NOW + 5, use(address="192.0.2.8"))
    usage.add(NOW + 5, use())
    usage.give_back(taken)
    assert usage.take() == ({use(): 2, use(address="192.0.2.8"): 1}, {1: (NOW + 5, "192.0.2.7")}, {}, {}, {})


def test_a_flood_from_many_addresses_is_folded_into_one_row_and_loses_no_count() -> None:
    usage = UsageBuffer()
    for number in range(buffer.MOST_STRANGERS_A_MINUTE + 500):
        usage.add(NOW, stranger(f"2001:db8::{number:x}"))
    counts = usage.take().counts
    assert len(counts) == buffer.MOST_STRANGERS_A_MINUTE + 1
    assert counts[stranger("")._replace(address=None)] == 500


def test_the_flood_is_bounded_for_the_minute_and_not_for_the_flush() -> None:
    usage = UsageBuffer()
    for number in range(buffer.MOST_STRANGERS_A_MINUTE):
        usage.add(NOW, stranger(f"2001:db8::{number:x}"))
    usage.take()
    usage.add(NOW, stranger("192.0.2.99"))
    usage.add(NOW, stranger("2001:db8::1"))
    usage.add(NOW + 60_000, stranger("192.0.2.99")._replace(minute=MINUTE + 1))
    assert [fold.address for fold in usage.take().counts] == [None, "2001:db8::1", "192.0.2.99"]


def test_keys_that_ask_for_too_many_different_things_together_are_recorded_coarser() -> None:
    usage = UsageBuffer()
    for number in range(buffer.MOST_FOLDS_A_MINUTE + 10):
        usage.add(NOW, use(key_id=number // 100, resource=f"/{number}"))
    last = buffer.MOST_FOLDS_A_MINUTE // 100
    assert usage.take().counts[use(key_id=last)._replace(address=None, method=None, resource=None)] == 10


def test_a_secret_that_is_told_apart_is_counted_beside_its_fold() -> None:
    usage = UsageBuffer()
    for number, secret in enumerate((b"old", b"new", b"old", None)):
        usage.add(NOW + number, use(address=f"192.0.2.{number}")._replace(secret=secret))
    taken = usage.take()
    assert {fold.secret for fold in taken.counts} == {None}
    assert taken.secrets == {b"old": (1, NOW + 2, "192.0.2.2", 2), b"new": (1, NOW + 1, "192.0.2.1", 1)}


def test_a_refused_request_is_no_use_of_its_secret() -> None:
    usage = UsageBuffer()
    usage.add(NOW, use()._replace(secret=b"old", reason="paused"))
    assert usage.take().secrets == {}


def test_the_use_of_a_secret_that_is_given_back_is_added_to_what_came_since() -> None:
    usage = UsageBuffer()
    usage.add(NOW + 1, use(address="192.0.2.1")._replace(secret=b"old"))
    taken = usage.take()
    usage.add(NOW, use(address="192.0.2.9")._replace(secret=b"old"))
    usage.give_back(taken)
    assert usage.take().secrets == {b"old": (1, NOW + 1, "192.0.2.1", 2)}


def test_one_key_brings_no_more_than_its_share_of_different_requests():
    usage = UsageBuffer()
    for number in range(MOST_FOLDS_OF_A_KEY + 50):
        usage.add(NOW, use(resource=f"/{number}"))
    usage.add(NOW, use(key_id=2, resource="/other"))
    counts = usage.take().counts
    assert counts[use()._replace(address=None, method=None, resource=None)] == 50
    assert counts[use(key_id=2, resource="/other")] == 1


def test_of_refusals_of_a_key_the_last_moment_is_kept_and_of_strangers_none():
    usage = UsageBuffer()
    refused = use()._replace(reason="expired")
    usage.add(NOW + 7, refused)
    usage.add(NOW + 5, refused)
    usage.add(NOW + 8, stranger("192.0.2.9"))
    taken = usage.take()
    assert taken.refused == {refused: NOW + 7}
    usage.give_back(taken)
    assert usage.take().refused == {refused: NOW + 7}


def test_a_refusal_that_was_dropped_has_no_moment():
    usage = UsageBuffer(most_rows=1)
    usage.add(NOW, use())
    usage.add(NOW, use()._replace(reason="expired"))
    assert usage.take().refused == {}


def test_the_holder_of_a_key_who_calls_from_ever_new_addresses_makes_no_row_for_each() -> None:
    usage = UsageBuffer()
    for number in range(2_000):
        usage.add(NOW, use(address=f"2001:db8::{number:x}"))
    assert len(usage.take().counts) == MOST_FOLDS_OF_A_KEY + 1
