"""What is counted for the overview."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from portal import clock
from portal.clock import to_milliseconds
from portal.keys import lifecycle
from portal.keys.models import Key, KeyLastUsed
from portal.keys.status import Status, status_of
from portal.site.settings import DAY, SiteSettings
from portal.usage import census
from portal.usage.models import Access, Census, UsageHour
from portal.usage.series import hour_of
from portal.usage.tally import SITE

HOUR = timedelta(hours=1)
SETTINGS = SiteSettings()


@pytest.fixture
def add(session):
    def add_all(*rows):
        session.add_all(rows)
        session.commit()

    return add_all


@pytest.fixture
def count(session):
    return lambda: census.count(session, SETTINGS)


def of_hour(key_id, ago, refused):
    return UsageHour(key_id=key_id, hour=hour_of(clock.now() - ago), calls=1, refused=refused)


def stranger(address, calls, ago=HOUR, reason="unknown", key_id=None):
    minute = to_milliseconds(clock.now() - ago) // 60_000
    fold = f"{address}{calls}{reason}".encode()
    return Access(minute=minute, fold=fold, address=address, reason=reason, calls=calls, key_id=key_id)


def test_every_key_is_counted_under_its_status(count, session, alice, issue):
    now = clock.now()
    dates = {"paused_at": now, "expires_at": now - DAY, "not_before": now + DAY, "revoked_at": now}
    for number in range(2 ** len(dates)):
        key, _ = issue(alice, f"key {number}")
        for place, (column, moment) in enumerate(dates.items()):
            if number >> place & 1:
                setattr(key, column, moment)
    issue(alice, "soon", expires_at=now + 2 * DAY)
    session.commit()
    expected = dict.fromkeys(map(str, Status), 0)
    for key in session.scalars(select(Key)):
        expected[status_of(key, now, SETTINGS)] += 1
    assert count().statuses == expected


def test_deleted_keys_and_session_keys_are_not_counted(count, session, alice, as_alice, issue):
    lifecycle.delete(session, as_alice, issue(alice, "deleted")[0])
    issue(alice, "session")[0].kind = "session"
    session.commit()
    assert sum(count().statuses.values()) == 0


def test_unused_are_active_keys_that_nobody_used_for_90_days(count, session, alice, issue):
    keys = {name: issue(alice, name)[0] for name in ("new", "old", "used", "rested", "paused")}
    for name, key in keys.items():
        key.created_at -= 0 * DAY if name == "new" else 200 * DAY
        session.get(KeyLastUsed, key.id).at = key.created_at
    for name, days in {"used": 2, "rested": 100}.items():
        row = session.get(KeyLastUsed, keys[name].id)
        row.at, row.used = clock.now() - days * DAY, True
    keys["paused"].paused_at = clock.now()
    session.commit()
    counted = count()
    assert counted.unused == 2
    assert list(counted.stale) == [keys["old"].id, keys["rested"].id]


def test_those_that_expire_within_a_week_come_soonest_first(count, session, alice, issue):
    days = {issue(alice, f"in {n}", expires_at=clock.now() + n * DAY)[0].id: n for n in (5, 2, 30, 6)}
    assert [days[key_id] for key_id in count().soon] == [2, 5, 6]


def test_the_most_refused_keys_are_those_of_24_hours(count, add):
    add(of_hour(1, HOUR, 5), of_hour(1, 3 * HOUR, 4), of_hour(2, HOUR, 8), of_hour(3, 25 * HOUR, 99))
    add(of_hour(4, HOUR, 0), of_hour(SITE, HOUR, 999))
    assert list(count().refused) == [(1, 9), (2, 8)]


def test_addresses_are_those_whose_credentials_belong_to_no_key(count, add):
    add(stranger("10.0.0.1", 5), stranger("10.0.0.1", 6, reason="malformed"), stranger("10.0.0.2", 7))
    add(stranger("10.0.0.3", 99, reason="missing"), stranger("10.0.0.4", 99, ago=2 * DAY), stranger(None, 99))
    add(stranger("10.0.0.5", 99, reason="expired", key_id=1))
    assert list(count().strangers) == [("10.0.0.1", 11), ("10.0.0.2", 7)]


def test_what_was_kept_is_what_was_counted(session, count, alice, issue, add):
    key, _ = issue(alice, expires_at=clock.now() + DAY)
    add(of_hour(key.id, HOUR, 5), stranger("10.0.0.1", 5))
    counted = count()
    for _ in range(2):
        census.keep(session, counted)
        session.commit()
    session.expire_all()
    kept = census.latest(session, SETTINGS)
    assert json.loads(kept.to_text()) == json.loads(counted.to_text())
    assert abs(kept.at - counted.at) < timedelta(milliseconds=1)
    assert session.query(Census).count() == 1
    assert list(census.named(session, kept)) == [key.id]


def test_where_nothing_was_kept_it_is_counted_at_once(session, alice, issue):
    issue(alice)
    assert census.latest(session, SETTINGS).statuses["active"] == 1


def test_the_newest_keys_come_newest_first(session, alice, issue):
    keys = [issue(alice, f"key {number}")[0] for number in range(7)]
    keys[6].kind = "session"
    session.commit()
    assert [key.name for key in census.newest(session)] == ["key 5", "key 4", "key 3", "key 2", "key 1"]


@pytest.mark.parametrize(
    ("act", "index"),
    [
        (lambda session: census.count(session, SETTINGS), "ix_usage_hour_refused"),
        (lambda session: census.count(session, SETTINGS), "ix_access_refused"),
        (census.newest, "ix_key_created_at_id"),
    ],
)
def test_refusals_and_the_newest_keys_are_read_from_an_index(session, act, index):
    plan = plans(session, lambda: act(session))
    if session.get_bind().dialect.name == "sqlite":
        assert index in plan
    else:  # which index, its statistics say
        assert "Seq Scan on access" not in plan
        assert "Seq Scan on usage_hour" not in plan


def plans(session, act):
    """Return how the database carries out every statement of `act`."""
    sent, is_sqlite = [], session.get_bind().dialect.name == "sqlite"

    def note(_connection, _cursor, statement, values, *_rest):
        sent.append((statement, values))

    event.listen(session.get_bind(), "before_cursor_execute", note)
    act()
    event.remove(session.get_bind(), "before_cursor_execute", note)
    connection = session.connection()
    if not is_sqlite:
        connection.exec_driver_sql("SET enable_seqscan = off")  # its tables are empty here
    word = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    return str([connection.exec_driver_sql(f"{word} {statement}", values).all() for statement, values in sent])


GOOD = {"statuses": dict.fromkeys(Status, 0), "unused": 0, "soon": [], "stale": [], "refused": [], "strangers": []}


@pytest.mark.parametrize(
    "body",
    ["garbage", "[1]", "{}", "5", "null", "[" * 100_000]
    + [
        json.dumps(GOOD | odd)
        for odd in (
            {"unused": "x"}, {"statuses": []}, {"statuses": {}},
            {"statuses": dict.fromkeys(Status, "x")}, {"soon": [[1]]},
            {"soon": [2**70]}, {"stale": 5}, {"refused": [[1]]}, {"refused": [[{}, 1]]}, {"strangers": [[1, 2]]},
        )
    ],
)  # fmt: skip
def test_what_cannot_be_read_counts_as_never_counted(session, alice, issue, add, body):
    issue(alice)
    add(Census(id=1, at=clock.now() - DAY, body=body))
    assert census.latest(session, SETTINGS).statuses["active"] == 1


def test_what_is_kept_reads_as_it_was_counted(session, alice, issue, count, add):
    key, _ = issue(alice)
    add(of_hour(key.id, HOUR, 3), stranger("192.0.2.9", 2))
    counted = count()
    census.keep(session, counted)
    session.commit()
    session.expunge_all()
    kept = census.latest(session, SETTINGS)
    assert json.loads(kept.to_text()) == json.loads(counted.to_text())
    assert kept.refused == [(key.id, 3)]
