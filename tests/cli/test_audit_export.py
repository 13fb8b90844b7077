import csv
import io
import json

import pytest
from sqlalchemy import select

from portal import clock
from portal.audit import chain, trail
from portal.audit.events import SHELL, Event
from portal.audit.models import Audit
from portal.site.settings import DAY


@pytest.fixture
def three_days(session, monkeypatch):
    for number in (1, 2, 3):
        moment = clock.from_milliseconds(0) + number * DAY
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        trail.record(session, Event.PERSON_CREATED, SHELL, f"=day {number}")
    session.commit()


def test_each_entry_is_a_line_oldest_first(shell, three_days):
    result = shell("audit", "export")

    assert result.exit_code == 0
    assert [json.loads(line)["subject"] for line in result.stdout.splitlines()] == ["=day 1", "=day 2", "=day 3"]


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (["--from", "1970-01-03"], [2, 3]), (["--to", "1970-01-03"], [1, 2]),
        (["--from", "1970-01-03", "--to", "1970-01-03"], [2]), (["--from", "2000-01-01"], []),
    ],
)  # fmt: skip
def test_days_are_counted_in(shell, three_days, options, days):
    lines = shell("audit", "export", *options).stdout.splitlines()

    assert [json.loads(line)["subject"] for line in lines] == [f"=day {day}" for day in days]


@pytest.mark.parametrize(
    ("options", "subjects"),
    [
        (["--event", "person:created"], ["=day 1", "=day 2", "=day 3"]), (["--event", "key:revoked"], []),
        (["--subject", "=day 2"], ["=day 2"]), (["--actor", "Shell"], ["=day 1", "=day 2", "=day 3"]),
        (["--actor", "nobody@example.org"], []),
    ],
)  # fmt: skip
def test_entries_are_sifted_by_what_happened_on_what_and_who(shell, three_days, options, subjects):
    lines = shell("audit", "export", *options).stdout.splitlines()

    assert [json.loads(line)["subject"] for line in lines] == subjects


def test_of_a_pasted_key_the_public_id_is_looked_for(shell, complaint, three_days):
    assert "no event ptl_0123456789.\n" in complaint("audit", "export", "--event", "ptl_0123456789_secret")


def test_csv_is_safe_and_has_no_byte_order_mark(shell, three_days):
    rows = list(csv.DictReader(io.StringIO(shell("audit", "export", "--format", "csv").stdout)))

    assert [row["subject"] for row in rows] == ["'=day 1", "'=day 2", "'=day 3"]
    assert list(rows[0])[:3] == ["seq", "at", "event"]


def test_whoever_has_the_export_can_check_the_chain(shell, session, three_days):
    entries = [json.loads(line) for line in shell("audit", "export").stdout.splitlines()]
    at = [clock.to_milliseconds(entry.at) for entry in session.scalars(select(Audit).order_by(Audit.seq))]

    for entry, moment, before in zip(entries, at, [{"hash": chain.START}, *entries], strict=False):
        fields = [entry[name] for name in ("event", "actor", "actor_id", "address", "subject", "body", "prev")]
        assert entry["hash"] == chain.hash_of([entry["seq"], moment, *fields])
        assert entry["prev"] == before["hash"]


@pytest.mark.parametrize("options", [["--from", "yesterday"], ["--from", "2000-02-02", "--to", "2000-02-01"]])
def test_a_day_that_is_none_is_one_line(complaint, options):
    assert "is no day" in complaint("audit", "export", *options)


def test_a_trail_of_many_pages_is_checked_and_exported_whole(shell, session):
    for number in range(2500):
        trail.record(session, Event.KEY_PAUSED, SHELL, str(number))
    session.commit()

    assert shell("audit", "verify").stdout.startswith("OK")
    assert "all 2500 entries" in shell("audit", "verify").stdout
    assert len(shell("audit", "export").stdout.splitlines()) == 2500
