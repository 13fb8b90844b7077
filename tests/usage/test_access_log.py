"""Finding access records."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from portal.clock import from_milliseconds
from portal.keyset import Place
from portal.usage import access_log
from portal.usage.access_log import LET_IN, REFUSED, Search
from portal.usage.fold import MINUTE_MS
from portal.usage.models import Access
from tests.support.plans import plan_lines

MINUTE = 29_000_000
NEWEST = Place()


@pytest.fixture
def use(session):
    """Leave a record: `use(minute=1, key_id=3, …)`."""
    numbers = iter(range(10_000))

    def do(**facts):
        known = {
            "minute": 0, "key_id": 1, "owner_id": 2, "address": "192.0.2.7", "method": "GET", "resource": "algo://a/b",
            "reason": None, "calls": 1,
        } | facts  # fmt: skip
        known["minute"] += MINUTE
        session.add(Access(fold=next(numbers).to_bytes(32, "big"), **known))
        session.commit()

    return do


def calls(session, **search):
    return [record.calls for record in access_log.page(session, Search(**search), Place()).records]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({}, [5, 4, 3, 2, 1]), ({"owner_id": 2}, [3, 2, 1]), ({"key_id": 9}, [4]), ({"owner_id": 2, "key_id": 9}, []),
        ({"address": "192.0.2.7"}, [4, 3, 1]), ({"address_begins": "192.0.2."}, [4, 3, 2, 1]),
        ({"address_begins": "192.0.2.%"}, []), ({"resource": "algo://a/b"}, [4, 2]),
        ({"resource_begins": "algo://a/"}, [4, 3, 2, 1]), ({"resource_begins": "algo://a/_"}, []),
        ({"verdict": LET_IN}, [3, 2, 1]), ({"verdict": REFUSED}, [5, 4]), ({"verdict": "expired"}, [4]),
        ({"verdict": REFUSED, "address_begins": "2001:"}, [5]), ({"verdict": "nonsense"}, []),
        ({"since": from_milliseconds((MINUTE + 3) * MINUTE_MS)}, [5, 4, 3]),
        ({"until": from_milliseconds((MINUTE + 3) * MINUTE_MS)}, [2, 1]),
        ({"key_id": 2**63 - 1}, []),
    ],
)  # fmt: skip
def test_records_are_sifted_newest_first(session, use, search, found):
    use(minute=1, calls=1, resource="algo://a/c")
    use(minute=2, calls=2, address="192.0.2.77")
    use(minute=3, calls=3, resource="algo://a/d")
    use(minute=4, calls=4, key_id=9, owner_id=3, reason="expired")
    use(minute=5, calls=5, key_id=None, owner_id=None, address="2001:db8::1", reason="unknown", resource=None)

    assert calls(session, **search) == found


@pytest.mark.parametrize("search", [{}, {"owner_id": 2}, {"address_begins": "192."}, {"verdict": LET_IN}])
def test_pages_follow_each_other_to_the_end_and_back(session, use, search):
    for number in range(25):
        use(minute=number // 7, calls=number)
    session.execute(text("ANALYZE"))
    seen, place = [], Place()
    while True:
        page = access_log.page(session, Search(**search), place, most=4)
        seen += [record.calls for record in page.records]
        if page.older is None:
            break
        place = Place(page.older)
    assert sorted(seen) == list(range(25))

    back = [record.calls for record in page.records][::-1]
    while page.newer is not None:
        page = access_log.page(session, Search(**search), Place(page.newer, is_newer=True), most=4)
        back += [record.calls for record in page.records][::-1]
    assert back[:21] == seen[::-1][:21]
    assert page.records[0].calls == seen[0]


def test_the_last_page_is_found_from_the_end(session, use):
    for number in range(9):
        use(minute=number, calls=number)
    page = access_log.page(session, Search(), Place(is_newer=True), most=4)

    assert [record.calls for record in page.records] == [3, 2, 1, 0]
    assert page.older is None
    assert page.newer is not None


def test_names_of_keys_and_people_are_told_and_of_what_is_gone_the_number(session, use, issue, alice):
    key, _ = issue(alice, "nightly")
    use(minute=2, key_id=key.id, owner_id=alice.id)
    use(minute=1, key_id=77, owner_id=78)
    known, gone = access_log.page(session, Search(), Place()).records

    assert (known.public_id, known.key_name, known.person) == (key.public_id, "nightly", alice.email)
    assert (gone.public_id, gone.person, gone.key_id, gone.owner_id) == (None, None, 77, 78)


def test_all_are_given_in_order_for_an_export(session, use, monkeypatch):
    monkeypatch.setattr(access_log, "EXPORT_PAGE", 4)
    for number in range(10):
        use(minute=number // 3, calls=number)
    seen, mark = [], None
    while True:
        records, mark = access_log.in_order(session, Search(owner_id=2), mark)
        seen += [record.calls for record in records]
        if mark is None:
            break

    assert seen == list(range(10))


class TestBounds:
    """Two filters that many records pass, and none passes both."""

    @pytest.fixture(autouse=True)
    def few(self, monkeypatch):
        monkeypatch.setattr("portal.keyset.LOOKS_AT", 10)

    @pytest.fixture
    def many(self, use):
        for number in range(60):
            use(
                minute=number, address="192.0.2.1" if number % 2 else "192.0.2.2", resource="r1" if number % 2 else "r2"
            )

    def test_a_look_stops_and_says_where(self, session, many):
        found = access_log.page(session, Search(address="192.0.2.1", resource="r2"), Place())

        assert found.records == []
        assert found.stopped is not None

    def test_looking_further_comes_to_the_end(self, session, many, use):
        use(minute=-1, address="192.0.2.1", resource="r2", calls=7)
        looks, place, found = 0, Place(), None
        while found is None or found.stopped:
            found = access_log.page(session, Search(address="192.0.2.1", resource="r2"), place)
            place, looks = Place(found.stopped), looks + 1

        assert [record.calls for record in found.records] == [7]
        assert looks == 3

    def test_looking_from_the_oldest_on_comes_to_the_end_too(self, session, many, use):
        use(minute=99, address="192.0.2.1", resource="r2", calls=7)
        place, found = Place(is_newer=True), None
        while found is None or found.stopped:
            found = access_log.page(session, Search(address="192.0.2.1", resource="r2"), place)
            place = Place(found.stopped, is_newer=True)

        assert [record.calls for record in found.records] == [7]

    def test_the_filter_that_few_pass_leads(self, session, many, use):
        use(minute=-5, address="192.0.2.1", resource="rare", calls=7)

        assert calls(session, address="192.0.2.1", resource="rare") == [7]
        assert calls(session, address="192.0.2.1", resource_begins="rar") == [7]

    def test_an_export_goes_on_by_itself(self, session, many, use):
        use(minute=99, address="192.0.2.1", resource="r2", calls=7)
        seen, mark = [], None
        while True:
            records, mark = access_log.in_order(session, Search(address="192.0.2.1", resource="r2"), mark)
            seen += [record.calls for record in records]
            if mark is None:
                break

        assert seen == [7]


def test_a_day_is_cut_at_its_minutes(session, use):
    use(minute=1, calls=1)
    moment = from_milliseconds((MINUTE + 1) * MINUTE_MS)

    assert calls(session, since=moment, until=moment + timedelta(minutes=1)) == [1]
    assert calls(session, since=moment + timedelta(minutes=1)) == []


class TestPlans:
    """Which index each filter is read from, as the database itself tells."""

    PRIMARY = "pk_access|sqlite_autoindex_access_1"

    @pytest.fixture
    def plans(self, session, monkeypatch):
        monkeypatch.setattr("portal.keyset.LOOKS_AT", 50)
        session.add_all(
            Access(
                minute=number // 3, fold=number.to_bytes(32, "big"), key_id=number % 7, owner_id=number % 5,
                address=f"10.0.{number % 5}.1", method="GET", resource=f"r{number % 11}",
                reason=None if number % 9 else "expired", calls=1,
            )
            for number in range(400)
        )  # fmt: skip
        session.commit()
        return lambda search, place=NEWEST: plan_lines(session, lambda: access_log.page(session, search, place))

    @pytest.mark.parametrize(
        "place", [Place(), Place(is_newer=True), Place((60,)), Place((60, b"x")), Place((60, b"x"), is_newer=True)]
    )
    @pytest.mark.parametrize(
        ("search", "index"),
        [
            ({}, PRIMARY), ({"verdict": LET_IN}, PRIMARY), ({"key_id": 1}, "ix_access_key_id_minute"),
            ({"owner_id": 1}, "ix_access_owner_id_minute"), ({"address": "10.0.1.1"}, "ix_access_address_minute"),
            ({"resource": "r1"}, "ix_access_resource_minute"), ({"verdict": REFUSED}, "ix_access_refused"),
            ({"verdict": "expired"}, "ix_access_reason_minute"),
            ({"resource_begins": "r9"}, "ix_access_resource_minute"),
            ({"verdict": REFUSED, "address_begins": "10."}, "ix_access_refused"),
            ({"key_id": 1, "resource": "r1", "verdict": "expired"}, "ix_access_"),
        ],
    )  # fmt: skip
    def test_each_filter_is_read_from_its_index(self, plans, search, index, place):
        lines = plans(Search(**search), place)

        assert any(re.search(index, line) for line in lines), lines
        assert not any("Seq Scan" in line or re.fullmatch("SCAN access", line) for line in lines), lines

    def test_records_are_looked_up_by_their_whole_key(self, plans, session):
        lines = plans(Search(address_begins="10."))

        if session.get_bind().dialect.name == "sqlite":
            assert any("(minute=? AND fold=?)" in line for line in lines), lines
