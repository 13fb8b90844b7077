"""Every key on the server, sifted and in order: held against a plain reading of all rows, through both ways of finding.

The bounds are set low here, so that a few hundred keys are many.
"""

import random

import pytest
from sqlalchemy import event, insert, select, update

from portal import clock
from portal.clock import to_milliseconds
from portal.keys import listing
from portal.keys.listing import Count, Turn
from portal.keys.models import NO_END, Key, KeyLastUsed
from portal.keys.sieve import Address, Order, Sieve
from portal.keys.status import Status, status_of
from portal.site.settings import DAY, SiteSettings
from tests import cast

SITE = SiteSettings()
KEYS = 200
NAMES = ("ci", "CI 2", "café", "Łódź", "zebra", "100%", "a_b", "thesis")


@pytest.fixture(autouse=True)
def low_bounds(monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 7)
    monkeypatch.setattr(listing, "MOST_COUNTED", 60)
    monkeypatch.setattr(listing, "FEW", 60)
    monkeypatch.setattr(listing, "_STRETCHES", (12, 40, 150))
    monkeypatch.setattr(listing, "_COUNTED_STRETCH", 150)


@pytest.fixture
def many(session, make_person):
    """Some hundred keys of four people, of every status, most of them used."""
    chance, moment = random.Random(5), clock.now().replace(microsecond=0)
    people = [make_person(email) for email in (cast.ALICE, cast.BOB, cast.CHARLIE, "albert@example.org")]
    rows = [_row(chance, number, moment, chance.choice(people).id) for number in range(1, KEYS + 1)]
    session.execute(insert(Key), rows)
    uses = [
        {
            "key_id": key_id, "used": True, "at": created + (moment - created) * chance.random(),
            "address": chance.choice(("10.1.2.3", "10.1.20.3", "192.0.2.7", "2001:db8:7::40")),
        }
        for key_id, created in session.execute(select(Key.id, Key.created_at)).all()
        if chance.random() < 0.7
    ]  # fmt: skip
    session.execute(update(KeyLastUsed), uses)
    session.commit()
    session.expire_all()
    return list(session.scalars(select(Key)))


def _row(chance, number, moment, owner_id):
    created = moment - chance.randrange(1, 400) * DAY
    name = f"{chance.choice(NAMES)} {number % 9}"
    return {
        "public_id": f"ptl_{number:010d}", "owner_id": owner_id, "name": name, "name_folded": name.casefold(),
        "kind": chance.choices(("standard", "management", "session"), (8, 1, 1))[0], "created_at": created,
        "expires_at": chance.choice((None, created + 90 * DAY, moment + chance.randrange(1, 20) * DAY)),
        "not_before": moment + DAY if chance.random() < 0.05 else None,
        "paused_at": moment if chance.random() < 0.1 else None,
        "revoked_at": moment if chance.random() < 0.2 else None,
        "hidden_at": moment if chance.random() < 0.05 else None,
        "secret_made_at": created if chance.random() < 0.95 else None,
        "policy": "{}", "version": 1,
    }  # fmt: skip


def passes(key, sieve, site=SITE):
    """Say in plain Python whether the key belongs into the list."""
    row, moment = key.last_used, clock.now()
    used_at = row.at if row else key.created_at
    ends = site.ends(key.created_at, key.expires_at)
    address = row.address if row else None
    return all(
        (
            key.hidden_at is None,
            key.kind == sieve.kind if sieve.kind else key.kind != "session",
            sieve.status is None or status_of(key, moment, site) is sieve.status,
            key.public_id.startswith(sieve.find) or key.name_folded.startswith(sieve.find.casefold()),
            key.owner.email_folded.startswith(sieve.owner),
            sieve.unused_since is None or used_at < sieve.unused_since,
            sieve.ends_before is None
            or (key.secret_made_at is not None and ends is not None and ends <= sieve.ends_before),
            sieve.address is None
            or (
                (address is not None and address.startswith(sieve.address.text))
                and (not sieve.address.is_whole or address == sieve.address.text)
            ),
        )
    )


def place(key, order):
    row = key.last_used
    return {
        "created": (key.created_at, key.id), "name": (key.name_folded.encode(), key.id),
        "expires": (to_milliseconds(key.expires_at) if key.expires_at else NO_END, key.id),
        "used": (row is not None, row.at if row else key.created_at, key.id),
        "owner": (key.owner.email_folded, key.created_at, key.id),
    }[order.column]  # fmt: skip


def expected(keys, sieve, site=SITE):
    order = sieve.ordering
    passing = [key for key in keys if passes(key, sieve, site)]
    return [key.public_id for key in sorted(passing, key=lambda key: place(key, order), reverse=order.is_down)]


def turned(session, sieve, turn, onward, site=SITE):
    """Turn pages until there are no more, and return the public ids in the order of the list."""
    seen = []
    for _ in range(KEYS):
        answer = listing.page(session, sieve, site, turn)
        ids = [key.public_id for key in answer.keys]
        assert len(ids) <= 7
        seen = seen + ids if onward == "next" else ids + seen
        turn = getattr(answer, onward)
        if turn is None:
            return seen
    raise AssertionError("the pages never end")


SINCE = 40 * DAY
SIEVES = {
    "everything": {}, "one status": {"status": Status.REVOKED}, "paused": {"status": Status.PAUSED},
    "active": {"status": Status.ACTIVE}, "expired": {"status": Status.EXPIRED}, "soon": {"status": Status.EXPIRES_SOON},
    "without secret": {"status": Status.NO_SECRET}, "not yet": {"status": Status.NOT_YET},
    "owner": {"owner": cast.ALICE}, "owners": {"owner": "al"}, "nobody": {"owner": "zzz"},
    "kind": {"kind": "management"}, "session keys": {"kind": "session"}, "unused": {"unused_since": SINCE},
    "ends": {"ends_before": 10 * DAY}, "address": {"address": Address("10.1.2.3", is_whole=True)},
    "network": {"address": Address("10.1.", is_whole=False)}, "find": {"find": "caf"}, "id": {"find": "ptl_000000001"},
    "pair": {"status": Status.ACTIVE, "unused_since": SINCE}, "triple": {"kind": "standard", "owner": "b",
    "address": Address("192.0.2.7", is_whole=True)}, "contradiction": {"status": Status.ACTIVE,
    "ends_before": -1 * DAY},
}  # fmt: skip


# In each order: nothing, few, many, one by each table that an order reads, and two at once.
TELLING = ("everything", "paused", "active", "owners", "unused", "address", "pair")


def asked(order):
    """Every sieve in its own order, the telling ones in each other."""
    return SIEVES if order is None else {name: SIEVES[name] for name in TELLING}


def make(wanted, order=None):
    moments = {"unused_since": lambda span: clock.now() - span, "ends_before": lambda span: clock.now() + span}
    read = {name: moments[name](value) if name in moments else value for name, value in wanted.items()}
    return Sieve(**read, order=order)


@pytest.mark.parametrize("order", [None, *Order])
def test_turning_the_pages_shows_each_key_that_passes_once_and_in_order(session, many, order):
    for name, wanted in asked(order).items():
        sieve = make(wanted, order)
        assert turned(session, sieve, None, "next") == expected(many, sieve), name


@pytest.mark.parametrize("order", [None, *Order])
def test_turning_back_from_the_last_page_shows_the_same(session, many, order):
    for name, wanted in asked(order).items():
        sieve = make(wanted, order)
        assert turned(session, sieve, Turn(None, back=True), "previous") == expected(many, sieve), name


def test_back_from_the_second_page_is_the_first(session, many):
    first = listing.page(session, Sieve(), SITE)
    second = listing.page(session, Sieve(), SITE, first.next)
    again = listing.page(session, Sieve(), SITE, second.previous)
    assert [key.id for key in again.keys] == [key.id for key in first.keys]


def test_the_first_page_has_none_before_it_and_the_last_none_after_it(session, many):
    assert listing.page(session, Sieve(), SITE).previous is None
    assert listing.page(session, Sieve(), SITE, Turn(None, back=True)).next is None


def test_what_matches_is_counted_up_to_a_bound(session, many):
    few, all_of_them = make({"status": Status.PAUSED}), Sieve()
    assert listing.page(session, few, SITE).matching == Count(len(expected(many, few)))
    assert listing.page(session, all_of_them, SITE).matching == Count(60, is_all=False)


def test_of_many_filters_that_let_many_through_a_stretch_is_counted(session, many):
    wide = make({"kind": "standard", "status": Status.ACTIVE})
    counted = listing.page(session, wide, SITE).matching
    assert not counted.is_all
    assert 0 < counted.number <= len(expected(many, wide))


def test_what_is_rare_and_deep_in_the_list_is_looked_for_a_stretch_at_a_time(session, many, monkeypatch):
    monkeypatch.setattr(listing, "_STRETCHES", (5, 10))
    monkeypatch.setattr(listing, "FEW", 1)
    sieve = make({"status": Status.PAUSED, "kind": "standard"}, Order.NAME)
    answer = listing.page(session, sieve, SITE)
    assert answer.looked_further
    assert answer.next is not None
    assert turned(session, sieve, None, "next") == expected(many, sieve)


def test_a_ceiling_that_came_later_ends_keys_in_the_list_too(session, many):
    low = SiteSettings(longest_days=60)
    for wanted in ({"status": Status.EXPIRED}, {"ends_before": 5 * DAY}, {"status": Status.EXPIRES_SOON}):
        sieve = make(wanted)
        assert turned(session, sieve, None, "next", low) == expected(many, sieve, low)


def test_keys_without_an_end_never_expire_where_the_site_allows_it(session, many):
    endless = SiteSettings(no_expiry=True, longest_days=60)
    sieve = make({"status": Status.EXPIRED})
    assert turned(session, sieve, None, "next", endless) == expected(many, sieve, endless)


@pytest.mark.parametrize("wanted", SIEVES.values(), ids=SIEVES)
def test_a_page_takes_a_handful_of_queries_however_many_keys_there_are(session, many, wanted):
    statements = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    listing.page(session, make(wanted), SITE)
    assert len(statements) <= 12


def test_wildcards_mean_themselves(session, many):
    assert turned(session, Sieve(find="100%"), None, "next") == expected(many, Sieve(find="100%")) != []
    assert turned(session, Sieve(find="a_b"), None, "next") == expected(many, Sieve(find="a_b")) != []
    assert listing.page(session, Sieve(find="%"), SITE).keys == []


def test_the_totals_leave_out_what_is_not_listed(session, many, monkeypatch):
    monkeypatch.setattr(listing, "MOST_COUNTED", 10_000)
    keys, people = listing.totals(session)
    assert keys == Count(len(expected(many, Sieve())))
    assert people == Count(4)


def test_a_deleted_account_is_no_person_any_more(session, many, alice_is_gone):
    assert listing.totals(session)[1] == Count(3)


@pytest.fixture
def alice_is_gone(session, many, as_shell):
    from portal.accounts import membership
    from portal.keys import delete_account

    delete_account.delete_account(session, as_shell, membership.by_email(session, cast.ALICE))
    session.commit()


@pytest.fixture
def as_shell():
    from portal.audit.events import SHELL

    return SHELL
