import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person, SignIn
from portal.data_folder import DataFolder
from portal.errors import Unavailable
from portal.keys.models import Key, KeySecret
from portal.keys.peppers import Peppers
from portal.keys.token import mint
from portal.policy.facts import Facts
from portal.policy.reasons import Reason
from portal.verification.store_sqlite import SqliteStore
from portal.verification.verdict import Allowed, Refused
from portal.verification.verifier import Verifier
from tests.support.limiter import make_limiter
from tests.verification.conftest import Memory

FACTS = Facts(address="192.0.2.7", method="GET", path="/whoami")
NOT_COUNTED = FACTS._replace(address=None)  # an address that sends too many bad keys is told so
Issue = Callable[..., tuple[Any, str]]


def reason_for(verifier: Verifier, token: str, facts: Facts = FACTS) -> Reason | None:
    verdict = verifier.verify(token, facts)
    return verdict.reason if isinstance(verdict, Refused) else None


def test_a_living_key_is_let_in_with_its_owner(verifier: Verifier, alice: Person, issue: Issue) -> None:
    key, token = issue(alice, "notebook")
    verdict = verifier.verify(token, FACTS)
    assert isinstance(verdict, Allowed)
    assert verdict.key.public_id == key.public_id
    assert verdict.key.name == "notebook"
    assert verdict.key.kind == "standard"
    assert verdict.key.user == alice.email
    assert verdict.key.expires_at == clock.to_milliseconds(key.expires_at)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE key SET revoked_at = 1", "revoked"),
        ("UPDATE key SET paused_at = 1", "paused"),
        ("UPDATE key_secret SET ends_at = 1", "replaced"),
        ("UPDATE person SET disabled_at = 1", "owner-disabled"),
        ("UPDATE key SET not_before = 99999999999999", "not-yet-valid"),
        ("UPDATE key SET expires_at = 1", "expired"),
        ("DELETE FROM key_secret", "unknown"),
    ],
)
def test_a_change_is_seen_by_the_next_verification(
    verifier: Verifier, folder: DataFolder, alice: Person, issue: Issue, change: str, reason: str
) -> None:
    _, token = issue(alice)
    assert reason_for(verifier, token) is None
    with sqlite3.connect(folder.database) as other:
        other.execute(change)
    assert reason_for(verifier, token) == reason


def test_no_verification_begun_after_a_revocation_lets_the_key_in(
    verifier: Verifier, folder: DataFolder, alice: Person, issue: Issue
) -> None:
    """Three threads verify without a break while another connection revokes key after key."""
    tokens = [issue(alice, f"key {number}")[1] for number in range(20)]
    ids = [token.rpartition("_")[0] for token in tokens]
    revoked: list[str] = []
    let_in_too_late: list[str] = []
    done = threading.Event()

    def verify_all_the_time() -> None:
        while not done.is_set():
            for token in tokens:
                gone = token.rpartition("_")[0] in revoked
                if reason_for(verifier, token, NOT_COUNTED) is None and gone:
                    let_in_too_late.append(token)

    threads = [threading.Thread(target=verify_all_the_time) for _ in range(3)]
    for thread in threads:
        thread.start()
    other = sqlite3.connect(folder.database, timeout=10)
    try:
        for public_id in ids:
            with other:
                other.execute("UPDATE key SET revoked_at = 1 WHERE public_id = ?", (public_id,))
            revoked.append(public_id)
            assert reason_for(verifier, tokens[ids.index(public_id)], NOT_COUNTED) is Reason.REVOKED
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert let_in_too_late == []


@pytest.mark.parametrize(
    ("ended_at", "lasts", "reason"),
    [(None, timedelta(hours=1), None), (clock.EPOCH, timedelta(hours=1), "revoked"), (None, -timedelta(1), "revoked")],
)
def test_a_session_key_lives_as_long_as_its_sign_in(
    verifier: Verifier, session: Session, alice: Person, issue: Issue, ended_at: Any, lasts: Any, reason: str | None
) -> None:
    key, token = issue(alice)
    now = clock.now()
    sign_in = SignIn(
        person_id=alice.id, sid_hash=b"1", created_at=now, last_seen_at=now, ends_at=now + lasts, ended_at=ended_at,
        user_agent="",
    )  # fmt: skip
    session.add(sign_in)
    session.flush()
    session.get_one(Key, key.id).sign_in_id = sign_in.id
    session.commit()
    assert reason_for(verifier, token) == reason


@pytest.mark.parametrize(
    "text", ["", "x=y", "\xe9", "\ud800", "a" * 65536, "ptl_7Hq2Wd9xKm_NotARealSecretJustAPicture0000xQ2mZa"]
)
def test_what_is_no_token_is_refused_without_a_look_up(peppers: Peppers, memory: Memory, text: str) -> None:
    class NoStore:
        def recall(self, digest: bytes) -> None:
            pass

        def look_up(self, digest: bytes) -> None:
            pytest.fail("the database was asked")

    assert reason_for(Verifier(NoStore(), peppers, memory, make_limiter()), text) is Reason.MALFORMED


def test_a_well_formed_token_of_somewhere_else_is_unknown(verifier: Verifier, engine: object) -> None:
    assert reason_for(verifier, str(mint("ptl"))) is Reason.UNKNOWN
    assert reason_for(verifier, str(mint("other"))) is Reason.UNKNOWN


def test_a_key_under_an_older_pepper_is_found_and_one_under_a_lost_pepper_is_not(
    folder: DataFolder, peppers: Peppers, memory: Memory, alice: Person, issue: Issue
) -> None:
    _, token = issue(alice)
    store = SqliteStore(folder.database)
    older = Peppers({**peppers.by_number, 2: b"n" * 32})
    assert reason_for(Verifier(store, older, memory, make_limiter()), token) is None
    assert reason_for(Verifier(store, Peppers({2: b"n" * 32}), memory, make_limiter()), token) is Reason.UNKNOWN


def test_the_current_pepper_costs_one_look_up(
    folder: DataFolder, session: Session, peppers: Peppers, memory: Memory, alice: Person, issue: Issue
) -> None:
    asked = []

    class Counting(SqliteStore):
        def look_up(self, digest: bytes) -> Any:
            asked.append(digest)
            return super().look_up(digest)

    _, token = issue(alice)
    newest = max(peppers.by_number)
    more = Peppers({**peppers.by_number, newest - 1: b"o" * 32})
    Verifier(Counting(folder.database), more, memory, make_limiter()).verify(token, FACTS)
    assert asked == [session.query(KeySecret).one().digest]


def test_a_database_that_does_not_answer_lets_nobody_in(peppers: Peppers, memory: Memory, tmp_path: Any) -> None:
    with pytest.raises(Unavailable):
        Verifier(SqliteStore(tmp_path / "portal.db"), peppers, memory, make_limiter()).verify(str(mint("ptl")), FACTS)


def test_who_was_let_in_and_who_was_not_is_recorded(
    verifier: Verifier, folder: DataFolder, memory: Memory, alice: Person, issue: Issue
) -> None:
    key, token = issue(alice)
    verifier.verify(token, FACTS)
    with sqlite3.connect(folder.database) as other:
        other.execute("UPDATE key SET revoked_at = 1")
    verifier.verify(token, FACTS)
    verifier.verify(str(mint("ptl")), FACTS)
    verifier.verify(Reason.MISSING, FACTS)
    assert [fold[1:7] for fold in memory.folds] == [
        (key.id, alice.id, "192.0.2.7", "GET", "/whoami", None),
        (key.id, alice.id, "192.0.2.7", "GET", "/whoami", "revoked"),
        (None, None, "192.0.2.7", None, None, "unknown"),
        (None, None, "192.0.2.7", None, None, "missing"),
    ]


def test_the_token_is_in_no_repr(verifier: Verifier, memory: Memory, alice: Person, issue: Issue) -> None:
    _, token = issue(alice)
    secret = token.rpartition("_")[2]
    verdict = verifier.verify(token, FACTS)
    assert secret not in repr(verdict) + repr(verifier) + repr(memory.folds) + repr(verifier.__dict__)
