"""What is remembered of a row is what the database said, however it lies in memory."""

import threading
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.policy.limits import Rate
from portal.verification import packed_rows, remembered
from portal.verification.judge import steady_until
from portal.verification.packed_rows import PackedRows
from portal.verification.remembered import Remembered
from portal.verification.verdict import KeyRow

NOW = 1_800_000_000_000
GOOD = KeyRow(
    digest=bytes(32), key_id=1, public_id="ptl_7Hq2Wd9xKm", name="ci", kind="standard", owner_id=7,
    user="alice@example.org", created_at=NOW, revoked_at=None, paused_at=None, secret_made_at=NOW, secret_ends_at=None,
    owner_disabled_at=None, sign_in_ended_at=None, sign_in_ends_at=None, not_before=None, expires_at=NOW + 999,
    policy='{"resources":["algo://*"]}', site="{}",
)  # fmt: skip
ONE_SET = 3000  # bytes


def row(number: int, **columns: Any) -> KeyRow:
    digest = sha256(b"%d" % number).digest()
    return GOOD._replace(**{"digest": digest, "key_id": number, "public_id": f"ptl_{number:010d}"} | columns)


def plain(found: KeyRow | None) -> KeyRow | None:
    return found and found._replace(steady_until=0, rules=None)


moments = st.none() | st.integers(1, 2**64)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@settings(max_examples=200)
@given(
    name=texts, user=texts, public_id=st.text("abcXYZ019_", min_size=1, max_size=30),
    kind=st.sampled_from(["standard", "session"]), created_at=st.integers(0, 2**64), expires_at=moments,
    key_id=st.integers(1, 2**40), owner_id=st.integers(1, 2**40), paused_at=moments, not_before=moments,
    secret_made_at=st.integers(0, 2**64), secret_ends_at=moments,
)  # fmt: skip
def test_a_row_comes_back_as_it_was(**columns: Any) -> None:
    rows = Remembered(ONE_SET)
    kept = rows.keep(row(1, **columns))
    assert rows.get(kept.digest) == kept
    assert plain(kept) == row(1, **columns)


@pytest.mark.parametrize(
    "column",
    ["revoked_at", "paused_at", "secret_ends_at", "owner_disabled_at", "sign_in_ended_at", "sign_in_ends_at",
     "not_before"],
)  # fmt: skip
def test_no_state_of_a_key_is_lost(column: str) -> None:
    rows = Remembered()
    stands_against_it = row(1, **{column: NOW})
    rows.keep(stands_against_it)
    assert plain(rows.get(stands_against_it.digest)) == stands_against_it


def test_a_rotated_secret_is_told_from_the_first() -> None:
    rows = Remembered()
    rotated = row(1, secret_made_at=NOW + 1)
    rows.keep(rotated)
    assert plain(rows.get(rotated.digest)) == rotated


def test_its_rules_come_with_a_row() -> None:
    rows = Remembered()
    kept = rows.keep(row(1, policy='{"rate":"5/minute"}', site='{"quota_ceiling":"9/day"}'))
    assert kept.rules is not None
    assert (kept.rules.rates, len(kept.rules.quotas)) == ((Rate(5, "minute"),), 1)
    assert rows.get(kept.digest).rules is kept.rules  # type: ignore[union-attr]


@pytest.mark.parametrize(("expires_at", "latest"), [(NOW + 1999, NOW + 1000), (None, 4_294_967_295_000)])
def test_a_row_is_steady_no_longer_than_it_is(expires_at: int | None, latest: int) -> None:
    kept = Remembered().keep(row(1, expires_at=expires_at, site='{"no_expiry":"yes"}'))
    assert kept.steady_until == latest <= steady_until(kept)


def test_a_changed_row_takes_the_place_of_the_old_one() -> None:
    rows = Remembered()
    for columns in ({"name": "old"}, {"paused_at": NOW}, {"name": "new"}, {"name": "newer"}):
        rows.keep(row(1, **columns))
        assert plain(rows.get(row(1).digest)) == row(1, **columns)
    rows.forget(row(1).digest)
    assert rows.get(row(1).digest) is None


def test_one_is_forgotten_and_its_neighbours_are_not() -> None:
    rows = Remembered(ONE_SET)
    for number in range(20):
        rows.keep(row(number, name="n" * number))
    rows.forget(row(7).digest)
    rows.forget(row(99).digest)
    assert [number for number in range(20) if row(number).digest not in rows] == [7]
    assert all(
        plain(rows.get(row(number).digest)) == row(number, name="n" * number) for number in range(20) if number != 7
    )


def test_everything_is_forgotten() -> None:
    rows = Remembered()
    for number, columns in enumerate(({}, {"paused_at": NOW})):
        rows.keep(row(number, **columns))
    rows.forget(None)
    assert [rows.get(row(number).digest) for number in range(2)] == [None, None]


def test_what_was_learned_first_makes_room() -> None:
    rows = Remembered(ONE_SET)
    for number in range(200):
        rows.keep(row(number))
    known = [number for number in range(200) if rows.get(row(number).digest)]
    assert 10 < len(known) < 100
    assert known == list(range(200 - len(known), 200))


def test_the_unusual_make_room_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST_UNUSUAL", 10)
    rows = Remembered()
    for number in range(30):
        rows.keep(row(number, paused_at=NOW))
    assert [number for number in range(30) if rows.get(row(number).digest)] == list(range(20, 30))


@pytest.mark.parametrize("policy", ['{"resources":["algo://*"]}' + " " * 3000, '{"resources":7}', "nothing"])
def test_a_policy_that_is_very_long_or_cannot_be_read_is_not_remembered(policy: str) -> None:
    rows = Remembered()
    odd = row(1, policy=policy)
    assert rows.keep(odd) == odd
    assert rows.get(odd.digest) is None


def test_a_name_that_spells_the_digest_of_another_key_is_not_taken_for_it() -> None:
    rows = Remembered(ONE_SET)
    known = b"ABCDEFGHIJKL" + bytes(20)
    rows.keep(row(1, name=f" {known[:12].decode()}  "))
    for number in (2, 3):
        rows.keep(row(number, name=known[:12].decode()))
    assert rows.get(known) is None
    assert known not in rows
    rows.keep(row(9, digest=known))
    rows.forget(known)
    assert [plain(rows.get(row(number).digest)) is not None for number in (1, 2, 3)] == [True] * 3


@pytest.mark.parametrize("columns", [{"created_at": 1.5}, {"expires_at": 2.5}, {"name": "\ud800"}, {"key_id": 1.0}])
def test_what_somebody_wrote_by_hand_is_kept_as_it_is(columns: dict[str, Any]) -> None:
    rows = Remembered()
    odd = row(1, **columns)
    rows.keep(odd)
    assert plain(rows.get(odd.digest)) == odd


def test_where_there_is_no_memory_to_grow_it_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_rows: PackedRows) -> None:
        raise MemoryError

    monkeypatch.setattr(packed_rows, "FIRST_SETS", 1)
    monkeypatch.setattr(PackedRows, "_grow", fails)
    rows = PackedRows()
    assert all(rows.put(row(number), 0) for number in range(200))
    assert rows.get(row(199).digest) is not None


def test_the_rows_of_an_owner_are_forgotten_and_what_is_learned_after_is_not() -> None:
    rows = Remembered()
    for number in range(6):
        rows.keep(row(number, owner_id=number % 3, paused_at=NOW if number > 2 else None))
    rows.forget_of({1, 2})
    assert [number for number in range(6) if rows.get(row(number).digest)] == [0, 3]
    rows.keep(row(1, owner_id=1))
    rows.forget_of({2})
    assert [number for number in range(6) if rows.get(row(number).digest)] == [0, 1, 3]


def test_so_many_owners_change_that_everything_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_OLDEST_AGE", 3)
    rows = Remembered()
    rows.keep(row(1))
    for owner in (1, 2):
        rows.forget_of({owner})
    assert rows.get(row(1).digest) is not None
    rows.forget_of({3})
    assert rows.get(row(1).digest) is None
    rows.keep(row(1))
    assert rows.get(row(1).digest) is not None


def test_it_grows_and_forgets_little_of_what_it_knew() -> None:
    rows = PackedRows(6 * 1024 * 1024)
    small = len(rows._state.table)
    number = 0
    while len(rows._state.table) == small:
        number += 1
        assert rows.put(row(number), 0)
    assert len(rows._state.table) == 2 * small
    known = [one for one in range(1, number + 1) if (found := rows.get(row(one).digest)) and found[0][1] == one]
    assert len(known) > 0.9 * number


def test_it_grows_no_further_than_it_may() -> None:
    rows = PackedRows(20_000)
    for number in range(3000):
        rows.put(row(number), 0)
    assert 10_000 < len(rows._state.table) <= 20_000


def test_with_too_many_kinds_rows_are_turned_away_and_then_it_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_rows, "MOST_KINDS", 2)
    monkeypatch.setattr(packed_rows, "MOST_TURNED_AWAY", 4)
    rows = PackedRows()
    taken = [rows.put(row(number, policy=f'{{"rate":"{number + 1}/minute"}}'), 0) for number in range(7)]
    assert taken == [True, True, False, False, False, True, True]
    assert rows.get(row(0).digest) is None
    assert rows.get(row(5).digest)[0].policy == '{"rate":"6/minute"}'  # type: ignore[index]


def test_whoever_reads_while_another_writes_sees_whole_rows() -> None:
    rows = Remembered(20_000)
    is_over = threading.Event()
    wrong: list[Any] = []

    def read() -> None:
        while not is_over.is_set():
            for number in range(40):
                found = rows.get(row(number).digest)
                if found is not None and (found.name, found.policy) not in pairs:
                    wrong.append(found)

    pairs = {("n" * size, f'{{"rate":"{size}/minute"}}') for size in range(1, 60)}
    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for turn in range(4000):
        size = 1 + turn % 59
        rows.keep(row(turn % 40, name="n" * size, policy=f'{{"rate":"{size}/minute"}}'))
        if turn % 500 == 499:
            rows.forget(None)
        elif turn % 7 == 0:
            rows.forget(row((turn + 20) % 40).digest)
    is_over.set()
    for reader in readers:
        reader.join()
    assert wrong == []
