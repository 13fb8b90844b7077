"""What is remembered of a key is what is stored at this moment: with other writers, other files, no shared memory."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from portal.data_folder import DataFolder
from portal.errors import Unavailable
from portal.keys.peppers import Peppers
from portal.keys.token import digest
from portal.usage.fold import Fold
from portal.usage.recorder import UsageRecorder
from portal.usage.sink_sqlite import SqliteSink
from portal.verification import store_cached
from portal.verification.store_cached import CachedStore
from portal.verification.store_sqlite import SqliteStore
from portal.verification.verdict import KeyRow


def no_shared_memory(_path: object) -> None:
    raise OSError("no shared memory here")


@pytest.fixture(params=["mapped", "not mapped"])
def cached(request: pytest.FixtureRequest, folder: DataFolder, engine: object, monkeypatch: Any) -> CachedStore:
    """The store with each of its two proofs, and with no second chance a second later."""
    if request.param == "not mapped":
        monkeypatch.setattr(store_cached, "WalIndex", no_shared_memory)
    monkeypatch.setattr(store_cached, "LOOK_AGAIN_SECONDS", 3600)
    return CachedStore(folder.database)


@pytest.fixture
def other(folder: DataFolder, engine: object) -> Iterator[sqlite3.Connection]:
    """Another connection, which commits each statement."""
    connection = sqlite3.connect(folder.database, isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


@pytest.fixture
def known(cached: CachedStore, issue: Callable[..., Any], alice: Any, peppers: Peppers) -> bytes:
    """The digest of a key that the store remembers."""
    _key, token = issue(alice)
    of_key = digest(token, peppers.by_number[1])
    assert cached.look_up(of_key) == cached.recall(of_key) is not None
    return of_key


def statements(store: CachedStore) -> list[str]:
    asked: list[str] = []
    assert store._connection is not None
    store._connection.set_trace_callback(asked.append)
    return asked


def plain(row: KeyRow | None) -> KeyRow | None:
    """Return a row as the database has it, without what is worked out when it is remembered."""
    return row and row._replace(steady_until=0, rules=None)


def test_what_is_remembered_is_what_the_database_says(cached: CachedStore, folder: DataFolder, known: bytes) -> None:
    assert plain(cached.recall(known)) == SqliteStore(folder.database).look_up(known)


def test_a_key_that_is_remembered_costs_no_query(cached: CachedStore, known: bytes) -> None:
    asked = statements(cached)
    for _ in range(100):
        cached.recall(known)
    assert asked == []


CHANGES = [
    "UPDATE key SET revoked_at = 1",
    "UPDATE key SET paused_at = 1",
    "UPDATE key SET name = 'other'",
    "UPDATE key SET kind = 'management'",
    "UPDATE key SET public_id = 'ptl_0000000000'",
    "UPDATE key SET owner_id = (SELECT id FROM person WHERE email LIKE 'bob%')",
    "UPDATE key SET not_before = 4000000000000",
    "UPDATE key SET expires_at = 1",
    "UPDATE key SET policy = '{}'",
    "UPDATE key_secret SET ends_at = 1",
    "UPDATE key_secret SET digest = zeroblob(32)",
    "UPDATE person SET email = 'another@example.org'",
    "UPDATE person SET disabled_at = 1",
    "DELETE FROM key_secret",
    "INSERT INTO site (name, value, version) VALUES ('longest_days', '\"1\"', 1)",
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_that_may_turn_a_verdict_is_seen_at_once(
    cached: CachedStore, folder: DataFolder, other: sqlite3.Connection, bob: Any, known: bytes, change: str
) -> None:
    before = cached.recall(known)
    other.execute(change)
    assert cached.recall(known) is None
    assert plain(cached.look_up(known)) == SqliteStore(folder.database).look_up(known) != plain(before)


def test_the_end_of_a_sign_in_is_seen_at_once(cached: CachedStore, other: sqlite3.Connection, known: bytes) -> None:
    other.execute(
        "INSERT INTO sign_in (id, person_id, sid_hash, created_at, last_seen_at, ends_at, address, user_agent) "
        "SELECT 7, id, 'x', 1, 1, 4000000000000, '', '' FROM person LIMIT 1"
    )
    other.execute("UPDATE key SET sign_in_id = 7")
    assert cached.look_up(known).sign_in_ended_at is None  # type: ignore[union-attr]
    other.execute("UPDATE sign_in SET ended_at = 1")
    assert cached.recall(known) is None
    assert cached.look_up(known).sign_in_ended_at == 1  # type: ignore[union-attr]


def test_a_change_of_one_key_leaves_the_others_remembered(
    cached: CachedStore,
    issue: Callable[..., Any],
    alice: Any,
    peppers: Peppers,
    other: sqlite3.Connection,
    known: bytes,
) -> None:
    key, token = issue(alice, "second")
    second = digest(token, peppers.by_number[1])
    cached.look_up(second)
    other.execute("UPDATE key SET revoked_at = 1 WHERE id = ?", (key.id,))
    assert (cached.recall(second), cached.recall(known) is not None) == (None, True)


def test_records_of_use_make_it_forget_nothing(cached: CachedStore, folder: DataFolder, known: bytes) -> None:
    row = cached.recall(known)
    assert row is not None
    recorder = UsageRecorder(SqliteSink(folder.database), every_seconds=3600)
    recorder.record(60_000, Fold(1, row.key_id, row.owner_id, "10.0.0.1", "GET", "/", None))
    assert recorder.flush()
    assert cached.recall(known) == row
    recorder.close()


def test_a_key_that_was_unknown_is_found_once_it_is_made(
    cached: CachedStore, issue: Callable[..., Any], alice: Any, peppers: Peppers, engine: object
) -> None:
    from portal.keys.token import mint

    assert cached.look_up(digest(str(mint("ptl")), peppers.by_number[1])) is None
    _key, token = issue(alice)
    assert cached.look_up(digest(token, peppers.by_number[1])) is not None


def test_a_log_that_was_cut_behind_its_back_makes_it_forget_everything(
    cached: CachedStore, other: sqlite3.Connection, known: bytes
) -> None:
    other.executescript(
        "BEGIN; UPDATE key SET revoked_at = 1; UPDATE person SET disabled_at = 2;"
        "DELETE FROM key_change WHERE seq < (SELECT max(seq) FROM key_change);"
        "UPDATE key_change SET digest = zeroblob(32); COMMIT"
    )
    assert cached.recall(known) is None


def test_more_changes_than_it_reads_make_it_forget_everything(
    cached: CachedStore, other: sqlite3.Connection, known: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_cached, "MOST_CHANGES", 1)
    other.executescript("BEGIN; UPDATE key SET revoked_at = 1; UPDATE key SET revoked_at = 2; COMMIT")
    assert cached.recall(known) is None


def test_no_more_is_kept_than_it_may(
    folder: DataFolder, issue: Callable[..., Any], alice: Any, peppers: Peppers
) -> None:
    cached = CachedStore(folder.database, most_bytes=3000)
    digests = [digest(issue(alice, f"k{number}")[1], peppers.by_number[1]) for number in range(40)]
    for one in digests:
        assert cached.look_up(one) is not None
    is_known = [cached.recall(one) is not None for one in digests]
    assert is_known == sorted(is_known)
    assert 0 < sum(is_known) < 40


def test_after_a_start_it_remembers_the_keys_that_were_used_last(
    folder: DataFolder, issue: Callable[..., Any], alice: Any, peppers: Peppers, other: sqlite3.Connection
) -> None:
    keys = [issue(alice, f"k{number}") for number in range(5)]
    for at, (key, _token) in enumerate(keys[:4]):
        other.execute("UPDATE key_last_used SET used = true, at = ? WHERE key_id = ?", (at, key.id))
    other.execute("UPDATE key SET revoked_at = 1 WHERE id = ?", (keys[3][0].id,))
    cached = CachedStore(folder.database, most_warmed=2)
    cached.warm_up()
    is_known = [cached.recall(digest(token, peppers.by_number[1])) is not None for _key, token in keys]
    assert is_known == [False, True, True, False, False]


def test_another_database_in_its_place_is_noticed_within_a_second(
    folder: DataFolder, issue: Callable[..., Any], alice: Any, peppers: Peppers, session: Any, engine: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    _key, token = issue(alice)
    of_key = digest(token, peppers.by_number[1])
    cached = CachedStore(folder.database)
    assert cached.look_up(of_key) is not None
    session.close()
    engine.dispose()
    copy = folder.path / "other.db"
    with closing(sqlite3.connect(folder.database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.executescript("UPDATE key SET revoked_at = 1; DELETE FROM key_change")
    for ending in ("-wal", "-shm"):
        folder.database.with_name(folder.database.name + ending).unlink(missing_ok=True)
    copy.replace(folder.database)
    deadline = time.monotonic() + 3
    while not is_revoked(cached, of_key):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_revoked(cached: CachedStore, of_key: bytes) -> bool:
    try:
        row = cached.recall(of_key) or cached.look_up(of_key)
    except Unavailable:
        return False  # refused, and not let in
    return row is not None and row.revoked_at is not None


def test_a_database_that_does_not_answer_is_a_fault_and_then_heals(cached: CachedStore, known: bytes) -> None:
    assert cached._connection is not None
    cached._connection.close()
    cached._mark = None
    with pytest.raises(Unavailable):
        cached.recall(known)
    assert cached.recall(known) is None
    assert cached.look_up(known) is not None


def test_no_thread_sees_a_key_after_its_revocation_was_committed(
    cached: CachedStore, other: sqlite3.Connection, known: bytes
) -> None:
    """The writer says what is committed; a look-up begun after that must not see what was before."""
    committed, stale, asked, stop = 0, [], [0], threading.Event()

    def hammer() -> None:
        while not stop.is_set():
            least = committed
            row = cached.recall(known) or cached.look_up(known)
            asked[0] += 1
            if row is None or (row.paused_at or 0) < least:
                stale.append((row and row.paused_at, least))

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(1, 301):
        other.execute("UPDATE key SET paused_at = ?", (number,))
        committed = number
        time.sleep(0.001)
    stop.set()
    for thread in threads:
        thread.join()
    assert stale == []
    assert asked[0] > 300
