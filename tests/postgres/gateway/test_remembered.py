"""What the lane remembers of a key on PostgreSQL is what is stored at this moment, whoever else writes, and how."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from portal.errors import Unavailable
from portal.keys.forget import forget_changes
from portal.keys.token import digest
from portal.verification import batch_questions, store_batched
from portal.verification.batch_link import Link
from portal.verification.store_batched import BatchedStore
from portal.verification.store_postgres import PostgresStore
from portal.verification.verdict import KeyRow
from tests.support import in_a_thread
from tests.support.patience import wait_for
from tests.verification.test_store_cached import CHANGES

XID = "pg_current_xact_id()::text::bigint"
NEW = b"n" * 32  # the digest of a secret that is made meanwhile


class Asked:
    """A store in an event loop of its own, which runs only while somebody asks, and what it asked PostgreSQL."""

    def __init__(self, address: str) -> None:
        self.store, self.loop = BatchedStore(address), asyncio.new_event_loop()
        self.questions: list[str] = []
        self.store.start(self.loop)

    def look_up(self, *digests: bytes) -> list[KeyRow | Unavailable | None]:
        """Return what it tells of each, asked for at once."""

        async def one(digest: bytes) -> KeyRow | Unavailable | None:
            told = self.loop.create_future()
            self.store.look_up(iter([digest]), told.set_result)
            return await told

        async def every() -> list[KeyRow | Unavailable | None]:
            return await asyncio.gather(*[one(digest) for digest in digests])

        return in_a_thread.run(every(), self.loop)

    def close(self) -> None:
        in_a_thread.run(self.store.close(), self.loop)
        self.loop.close()


@pytest.fixture
def asked(address, monkeypatch) -> Iterator[Asked]:
    with closing(Asked(address)) as asked:
        ask = Link.ask

        def note(link, statement, *rest):
            asked.questions.append(statement.name.decode())
            ask(link, statement, *rest)

        monkeypatch.setattr(Link, "ask", note)
        yield asked


@pytest.fixture
def open_connection(address) -> Iterator:
    opened = []

    def open_one(*, autocommit=True):
        opened.append(psycopg.connect(address, autocommit=autocommit))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def other(open_connection):
    """Another connection, which commits each statement."""
    return open_connection()


@pytest.fixture
def known(asked, issue, alice, peppers) -> bytes:
    """The digest of a key that is remembered."""
    _key, token = issue(alice)
    of_key = digest(token, peppers.by_number[1])
    for _ in range(3):  # the first proof on a connection forgets what came before it
        assert asked.look_up(of_key) != [None]
    assert of_key in asked.store._rows
    asked.questions.clear()
    return of_key


def plain(row):
    """Return a row as the database has it, without what is worked out when it is remembered."""
    return row and row._replace(steady_until=0, rules=None)


def test_what_is_remembered_is_proven_without_being_read(asked, known, store: PostgresStore):
    (row,) = asked.look_up(known)
    assert plain(row) == store.look_up(known)
    assert asked.questions == ["changes"]


def test_an_address_that_asks_for_the_primary_is_one_that_it_can_connect_to(address, known, store):
    with closing(Asked(f"{address} target_session_attrs=read-write")) as asked:
        assert plain(asked.look_up(known)[0]) == store.look_up(known)


def test_many_are_proven_by_one_question(asked, known):
    assert len(set(asked.look_up(*[known] * 100))) == 1
    assert asked.questions == ["changes"]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_that_may_turn_a_verdict_is_seen_at_once(asked, known, other, bob, store, change):
    (before,) = asked.look_up(known)
    other.execute(change.replace("zeroblob(32)", r"'\x" + "00" * 32 + "'::bytea"))
    (row,) = asked.look_up(known)
    assert plain(row) == store.look_up(known) != plain(before)


def test_the_end_of_a_sign_in_is_seen_at_once(asked, known, other):
    other.execute(
        "INSERT INTO sign_in (id, person_id, sid_hash, created_at, last_seen_at, ends_at, address, user_agent) "
        "SELECT 7, id, 'x', 1, 1, 4000000000000, '', '' FROM person LIMIT 1"
    )
    other.execute("UPDATE key SET sign_in_id = 7")
    assert asked.look_up(known)[0].sign_in_ended_at is None
    other.execute("UPDATE sign_in SET ended_at = 1")
    assert asked.look_up(known)[0].sign_in_ended_at == 1


def test_a_change_of_one_key_leaves_the_others_remembered(asked, known, issue, alice, peppers, other):
    key, token = issue(alice, "second")
    second = digest(token, peppers.by_number[1])
    asked.look_up(second)
    other.execute("UPDATE key SET revoked_at = 1 WHERE id = %s", (key.id,))
    asked.look_up(second)
    asked.questions.clear()
    asked.look_up(known, second)
    assert asked.questions == ["changes"]


def test_what_turns_no_verdict_makes_it_forget_nothing(asked, known, other):
    other.execute("UPDATE key_last_used SET at = 1; UPDATE person SET last_seen_at = 1")
    asked.look_up(known)
    assert asked.questions == ["changes"]


def test_a_transaction_that_began_first_and_is_committed_last_is_seen(asked, known, open_connection):
    early, late = open_connection(autocommit=False), open_connection()
    early.execute("UPDATE person SET email = 'early@example.org'")
    late.execute("UPDATE key SET name = 'late'")
    assert asked.look_up(known)[0].name == "late"
    assert asked.look_up(known)[0].user != "early@example.org"
    early.commit()
    assert asked.look_up(known)[0].user == "early@example.org"


def test_a_person_who_is_disabled_while_a_secret_of_theirs_is_made_is_disabled_for_it_too(
    asked, known, open_connection, alice
):
    making, disabling = open_connection(autocommit=False), open_connection(autocommit=False)
    making.execute("UPDATE key_secret SET ends_at = 4000000000000")
    making.execute("INSERT INTO key_secret (digest, key_id, pepper, made_at) SELECT %s, id, 1, 5 FROM key", (NEW,))
    disabling.execute("UPDATE person SET disabled_at = 1 WHERE id = %s", (alice.id,))
    making.commit()
    assert asked.look_up(NEW)[0].owner_disabled_at is None
    disabling.commit()
    assert asked.look_up(NEW)[0].owner_disabled_at == 1


def test_a_sign_in_that_ends_while_a_session_key_is_made_ends_that_too(asked, known, open_connection):
    making, ending = open_connection(autocommit=False), open_connection(autocommit=False)
    making.execute(
        "INSERT INTO sign_in (id, person_id, sid_hash, created_at, last_seen_at, ends_at, address, user_agent) "
        "SELECT 7, id, 'x', 1, 1, 4000000000000, '', '' FROM person LIMIT 1"
    )
    making.commit()
    making.execute(
        "INSERT INTO key (public_id, owner_id, name, name_folded, kind, created_at, secret_made_at, policy, version, "
        "sign_in_id) SELECT 'ptl_1234567890', owner_id, 's', 's', 'session', 1, 1, policy, 1, 7 FROM key"
    )
    making.execute(
        "INSERT INTO key_secret (digest, key_id, pepper, made_at) SELECT %s, id, 1, 5 FROM key WHERE sign_in_id = 7",
        (NEW,),
    )
    ending.execute("UPDATE sign_in SET ended_at = 1 WHERE id = 7")
    making.commit()
    assert asked.look_up(NEW)[0].sign_in_ended_at is None
    ending.commit()
    assert asked.look_up(NEW)[0].sign_in_ended_at == 1


def test_a_sign_in_that_goes_on_makes_nothing_forgotten_but_its_own_keys(asked, known, other):
    other.execute(
        "INSERT INTO sign_in (id, person_id, sid_hash, created_at, last_seen_at, ends_at, address, user_agent) "
        "SELECT 7, owner_id, 'x', 1, 1, 4000000000000, '', '' FROM key"
    )
    other.execute("UPDATE sign_in SET ends_at = 4000000000001")
    asked.look_up(known)
    assert asked.questions == ["changes"]
    other.execute("UPDATE key SET sign_in_id = 7")
    asked.look_up(known)
    other.execute("UPDATE sign_in SET ends_at = 4000000000002")
    assert asked.look_up(known)[0].sign_in_ends_at == 4000000000002


def test_what_changes_for_one_person_leaves_the_keys_of_others_remembered(asked, known, other, bob):
    other.execute("UPDATE person SET disabled_at = 1 WHERE id = %s", (bob.id,))
    asked.look_up(known)
    assert asked.questions == ["changes"]


@pytest.mark.parametrize("table", ["key_secret", "key", "person", "sign_in"])
def test_what_is_emptied_at_once_is_seen(asked, known, other, table):
    other.execute(f"TRUNCATE {table} CASCADE")
    assert asked.look_up(known) == [None]


def test_what_cannot_be_read_is_asked_for_again_at_once(asked, known, monkeypatch):
    read, broken = store_batched.changes_of, []

    def read_badly(result):
        if not broken:
            broken.append(result)
            raise ValueError
        return read(result)

    monkeypatch.setattr(store_batched, "changes_of", read_badly)
    begun = time.monotonic()
    assert plain(asked.look_up(known)[0]) is not None
    assert time.monotonic() - begun < 1
    assert asked.questions == ["changes", "look_up"]


def test_a_transaction_that_stays_open_makes_nobody_forget_again_and_again(asked, known, open_connection):
    held, late = open_connection(autocommit=False), open_connection()
    held.execute("UPDATE person SET last_seen_at = 1")
    late.execute("UPDATE key SET name = 'late'")
    asked.look_up(known)
    asked.questions.clear()
    for _ in range(3):
        asked.look_up(known)
    assert asked.questions == ["changes"] * 3


def test_what_was_rolled_back_is_not_seen(asked, known, open_connection):
    undone = open_connection(autocommit=False)
    undone.execute("UPDATE key SET revoked_at = 1")
    undone.rollback()
    assert asked.look_up(known)[0].revoked_at is None


def test_a_log_that_was_cut_makes_it_forget_everything(asked, known, open_connection):
    held, other = open_connection(autocommit=False), open_connection()
    held.execute("UPDATE person SET last_seen_at = 1")  # so that what it saw last is no newer than this
    asked.look_up(known)
    other.execute("UPDATE key SET revoked_at = 1")
    other.execute("UPDATE key SET name = 'later'")
    other.execute("DELETE FROM key_change WHERE xid < (SELECT max(xid) FROM key_change)")
    other.execute("UPDATE key_change SET digest = '\\x00'")
    assert asked.look_up(known)[0].revoked_at == 1


def test_an_empty_log_proves_nothing(asked, known, other):
    other.execute("UPDATE key SET revoked_at = 1")
    other.execute("DELETE FROM key_change")
    assert asked.look_up(known)[0].revoked_at == 1


def test_more_changes_than_it_reads_make_it_forget_everything(asked, known, other, monkeypatch):
    monkeypatch.setattr(batch_questions, "MOST_CHANGES", 1)
    other.execute("UPDATE key SET name = 'other'")
    other.execute("INSERT INTO key_change (digest, xid) VALUES ('x', " + XID + "), ('y', " + XID + ")")
    assert asked.look_up(known)[0].name == "other"


def test_another_connection_begins_with_nothing(asked, known, other):
    other.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'portal lane'")
    other.execute("SET session_replication_role = replica; UPDATE key SET revoked_at = 1")  # as another server would
    assert asked.look_up(known)[0].revoked_at == 1


def test_what_a_restored_backup_brought_along_is_deleted(asked, known, other, session):
    """A dump that another server reads has numbers of transactions which this one has yet to reach."""
    other.execute("UPDATE key_change SET xid = xid + 1000000")
    for _ in range(2):
        asked.look_up(known)
    assert asked.questions[-1] == "look_up"
    forget_changes(session, None, limit=10)
    session.commit()
    for _ in range(2):
        asked.look_up(known)
    asked.questions.clear()
    asked.look_up(known)
    assert asked.questions == ["changes"]


def test_the_log_keeps_what_a_transaction_under_way_may_precede(session, other, open_connection, monkeypatch):
    monkeypatch.setattr("portal.keys.forget.CHANGES_KEPT", 1)
    held = open_connection(autocommit=False)
    held.execute(f"INSERT INTO key_change (xid) VALUES ({XID})")
    for _ in range(3):
        other.execute(f"INSERT INTO key_change (xid) VALUES ({XID})")
    assert forget_changes(session, None, limit=10) == 1  # the one of the migration
    session.commit()
    held.commit()
    wait_for(lambda: forget_changes(session, None, limit=10) == 3)
    session.commit()
