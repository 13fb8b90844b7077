"""Whether the trail is whole: whatever is done to an entry by hand is found, and the first one is named."""

import pytest
from sqlalchemy import text

from portal.audit import chain, trail
from portal.audit.chain import Break, Checked
from portal.audit.events import Actor, Event
from portal.audit.models import Audit, AuditHead


@pytest.fixture
def five(session):
    for number in range(5):
        by = Actor("ada", 7, "192.0.2.7")
        trail.record(session, Event.PERSON_CREATED, by, f"person {number}", number=number, word="é")
    session.commit()


@pytest.fixture
def tamper(session, five):
    def do(*statements):
        for statement in statements:
            session.execute(text(statement))
        session.commit()
        session.expire_all()
        return chain.find_break(session)

    return do


@pytest.mark.parametrize("column", ["at", "event", "actor", "actor_id", "address", "subject", "body", "hash"])
@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_changed_column_is_found(tamper, column, seq):
    assert tamper(f"UPDATE audit SET {column} = '99' WHERE seq = {seq}") == Break(seq, "was altered")


@pytest.mark.parametrize("column", ["actor_id", "address"])
def test_a_column_that_was_emptied_is_found(tamper, column):
    assert tamper(f"UPDATE audit SET {column} = NULL WHERE seq = 3") == Break(3, "was altered")


def test_a_changed_link_to_the_entry_before_is_found(tamper):
    assert tamper("UPDATE audit SET prev = 'x' WHERE seq = 3") == Break(3, "does not follow from the entry before it")


def test_a_changed_number_is_found(tamper):
    assert tamper("UPDATE audit SET seq = 99 WHERE seq = 3") == Break(3, "is missing")


@pytest.mark.parametrize(("seq", "why"), [(1, "is missing"), (3, "is missing"), (5, "is missing at the end")])
def test_a_removed_entry_is_found(tamper, seq, why):
    assert tamper(f"DELETE FROM audit WHERE seq = {seq}") == Break(seq, why)


def test_a_removed_entry_whose_gap_was_closed_is_found(tamper):
    broken = tamper(
        "DELETE FROM audit WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = 5",
    )
    assert broken == Break(3, "does not follow from the entry before it")


def test_a_trail_that_was_emptied_is_found(tamper):
    assert tamper("DELETE FROM audit") == Break(1, "is missing at the end")


def test_a_head_that_was_removed_is_found(tamper):
    assert tamper("DELETE FROM audit_head") == Break(1, "was added at the end")


def test_a_head_that_was_changed_is_found(tamper):
    assert tamper("UPDATE audit_head SET hash = 'x'") == Break(5, "was altered")


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 4), (4, 5)])
def test_entries_that_changed_places_are_found(tamper, one, other):
    broken = tamper(
        f"UPDATE audit SET seq = 99 WHERE seq = {one}",
        f"UPDATE audit SET seq = {one} WHERE seq = {other}",
        f"UPDATE audit SET seq = {other} WHERE seq = 99",
    )
    assert broken == Break(one, "does not follow from the entry before it")


def test_contents_that_changed_places_are_found(tamper):
    assert tamper("UPDATE audit SET body = (SELECT body FROM audit WHERE seq = 4) WHERE seq = 2").seq == 2


class TestAdded:
    @pytest.fixture
    def add(self, session, tamper):
        def do(seq, prev=None, own=None):
            last = session.get(Audit, 5)
            fields = [seq, 1, "person:created", "ada", None, None, "x", "{}", last.hash if prev is None else prev]
            session.add(
                Audit(
                    seq=seq, at=last.at, event="person:created", actor="ada", subject="x", body="{}", prev=fields[-1],
                    hash=own or chain.hash_of(fields),
                )
            )  # fmt: skip
            session.flush()
            return tamper(f"UPDATE audit SET at = 1 WHERE seq = {seq}")

        return do

    def test_an_entry_that_fits_in_every_way_is_found_at_the_end(self, add):
        assert add(6) == Break(6, "was added at the end")

    def test_one_that_does_not_fit_is_found(self, add):
        assert add(6, prev="x") == Break(6, "does not follow from the entry before it")

    def test_one_with_a_wrong_hash_is_found(self, add):
        assert add(6, own="x") == Break(6, "was altered")

    @pytest.mark.parametrize("seq", [0, -3, 2**40])
    def test_one_with_a_number_of_nowhere_is_found(self, add, seq):
        assert add(seq) == Break(seq, "does not belong to the trail")


def test_the_walk_goes_on_where_it_was(session, five):
    first = chain.check(session, Checked(), most=2)
    second = chain.check(session, first, most=2)

    assert (first.seq, second.seq) == (2, 4)
    assert not second.is_all
    assert chain.check(session, chain.check(session, second)).is_all


def test_what_is_written_during_the_walk_is_part_of_it(session, five):
    halfway = chain.check(session, Checked(), most=2)
    trail.record(session, Event.PERSON_CREATED, Actor("ada"), "late")
    session.commit()

    rest = chain.check(session, halfway)

    assert rest.seq == 6
    assert chain.check(session, rest).is_all


def test_a_page_of_the_walk_holds_no_more_than_its_entries(session, five):
    session.expunge_all()
    checked = chain.check(session, Checked(), most=2)

    assert not session.identity_map.values()
    assert checked.hash == session.get(Audit, 2).hash


def test_the_length_is_what_the_head_says(session, five):
    assert chain.length(session) == session.get(AuditHead, 1).seq == 5
