"""Finding audit entries."""

import re

import pytest
from sqlalchemy import text

from portal import clock
from portal.accounts.refusals import record_refusal
from portal.audit import finder, trail
from portal.audit.events import SHELL, Actor, Event
from portal.audit.finder import Search
from portal.keyset import Place
from tests.support.plans import plan_lines

NEWEST = Place()


@pytest.fixture
def record(session):
    def do(many=1, what=Event.KEY_PAUSED, actor=SHELL, subject="s"):
        for _ in range(many):
            trail.record(session, what, actor, subject)
        session.commit()

    return do


def seqs(session, search, place=None, **options):
    return [entry.seq for entry in finder.page(session, search, place or Place(), **options).entries]


def test_entries_come_newest_first(session, record):
    record(3)
    assert seqs(session, Search()) == [3, 2, 1]


@pytest.mark.parametrize("is_newer", [False, True])
def test_pages_begin_beside_their_mark(session, record, is_newer):
    record(9)
    assert seqs(session, Search(), Place((5,), is_newer=is_newer), most=2) == ([7, 6] if is_newer else [4, 3])


def test_an_entry_out_of_the_order_of_time_is_found_by_its_day(session, record, monkeypatch):
    times = [clock.from_milliseconds(86_400_000 * day) for day in (10, 11, 9, 12)]  # the third came late
    for moment in times:
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        record()

    assert seqs(session, Search(since=times[0], until=times[3])) == [2, 1]
    assert seqs(session, Search(until=times[0])) == [3]
    assert seqs(session, Search(since=times[1])) == [4, 2]


def test_a_time_before_and_after_everything_has_nothing(session, record):
    record()
    moment = clock.from_milliseconds(0)
    assert seqs(session, Search(until=moment)) == []
    assert finder.in_order(session, Search(until=moment), None) == ([], None)


class TestBounds:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch):
        monkeypatch.setattr("portal.keyset.LOOKS_AT", 10)

    @pytest.fixture
    def many(self, record):
        for _ in range(30):
            record(what=Event.KEY_PAUSED, actor=SHELL)
            record(what=Event.KEY_RESUMED, actor=Actor("ada"))

    def test_filters_that_many_pass_one_by_one_are_looked_at_in_part(self, session, many):
        found = finder.page(session, Search(actor="ada", event="key:paused"), Place())

        assert found.entries == []
        assert 1 < found.stopped < 60

    def test_looking_further_finds_what_there_is(self, session, record, many):
        record(what=Event.KEY_PAUSED, actor=Actor("ada"))
        search, place, found = Search(actor="ada", event="key:paused"), Place(is_newer=True), None
        while found is None or found.stopped:
            found = finder.page(session, search, place)
            place = Place((found.stopped,), is_newer=True)

        assert [entry.seq for entry in found.entries] == [61]

    def test_the_filter_that_few_pass_leads(self, session, record, many):
        record(subject="rare", actor=Actor("ada"))
        assert seqs(session, Search(actor="ada", event="key:paused", subject="rare")) == [61]

    def test_one_filter_alone_is_never_stopped(self, session, many):
        found = finder.page(session, Search(event="key:paused"), Place())

        assert len(found.entries) == 30
        assert found.stopped is None


class TestPlans:
    """Which index each filter is read from, as the database itself tells."""

    @pytest.fixture
    def plans(self, session, record, monkeypatch):
        monkeypatch.setattr("portal.keyset.LOOKS_AT", 50)
        for number in range(400):
            actor = Actor(f"p{number % 7}", number % 7, f"10.0.{number % 5}.1")
            trail.record(session, list(Event)[number % 9], actor, f"s{number % 11}")
        session.commit()
        session.execute(text("ANALYZE"))
        session.commit()
        return lambda search, place=NEWEST: plan_lines(session, lambda: finder.page(session, search, place))

    @pytest.mark.parametrize("place", [Place(), Place(is_newer=True), Place((200,)), Place((200,), is_newer=True)])
    @pytest.mark.parametrize(
        ("search", "index"),
        [
            ({}, "pk_audit|PRIMARY KEY|SCAN audit$"), ({"actor": "p1"}, "ix_audit_actor_seq"),
            ({"actor_id": 1}, "ix_audit_actor_id_seq"), ({"event": "key:paused"}, "ix_audit_event_seq"),
            ({"subject": "s1"}, "ix_audit_subject_seq"), ({"address": "10.0.1.1"}, "ix_audit_address_seq"),
            ({"address_begins": "10.0.9"}, "ix_audit_address_seq"),
            ({"actor": "p1", "event": "key:paused", "subject": "s1"}, "ix_audit_subject_seq"),
        ],
    )  # fmt: skip
    def test_each_filter_is_read_from_its_index(self, plans, search, index, place):
        lines = plans(Search(**search), place)

        assert any(re.search(index, line) for line in lines), lines
        assert not any("Seq Scan" in line for line in lines), lines
        # SQLite calls a walk along an index, or along the table in its order, a scan; without an end only where
        # nothing is asked for.
        if search:
            assert not any(re.fullmatch(r"SCAN audit", line) for line in lines), lines

    def test_a_day_is_read_from_the_index_of_times(self, plans):
        lines = plans(Search(since=clock.from_milliseconds(0)))

        assert any("ix_audit_at" in line for line in lines), lines

    def test_an_earlier_refusal_is_looked_for_in_the_last_minute_alone(self, session, plans):
        by = Actor("nobody", None, "10.0.1.1")
        lines = plan_lines(session, lambda: record_refusal(session, Event.SIGN_IN_REFUSED, by, "s1", "throttled"))

        assert any("ix_audit_at" in line for line in lines), lines
