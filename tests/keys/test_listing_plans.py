"""Each page of an admin's list is read from an index: no plan walks the whole table of keys."""

import re

import pytest
from sqlalchemy import event

from portal.keys import listing
from portal.keys.listing import Turn
from portal.keys.sieve import Order, Sieve
from portal.site.settings import SiteSettings
from tests.keys.test_listing import SIEVES, low_bounds, make, many  # noqa: F401  # fixtures

SITE = SiteSettings()


@pytest.fixture
def plans(session):
    """Collect the plan of each statement from now on."""
    found = []

    def explain(connection, cursor, statement, parameters, *_rest):
        if statement.startswith("SELECT"):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.extend((row[3], statement) for row in cursor.fetchall())
        return statement, parameters

    event.listen(session.get_bind(), "before_cursor_execute", explain, retval=True)
    yield found
    event.remove(session.get_bind(), "before_cursor_execute", explain)


def walks_a_table(step):
    """Say whether a step reads every row of a table that grows with the keys, other than in the order of an index."""
    return re.match(r"SCAN (key|person|key_last_used|key_secret)\b(?! USING)", step) is not None


@pytest.mark.parametrize("order", Order)
def test_every_order_walks_an_index_on_the_first_page_and_from_a_place(session, many, plans, order):  # noqa: F811
    first = listing.page(session, Sieve(order=order), SITE)
    listing.page(session, Sieve(order=order), SITE, first.next)
    listing.page(session, Sieve(order=order), SITE, Turn(None, back=True))
    assert [step for step, _ in plans if walks_a_table(step)] == []


@pytest.mark.parametrize("order", Order)
def test_a_place_is_entered_and_not_walked_to(session, many, plans, order):  # noqa: F811
    turn = listing.page(session, Sieve(order=order), SITE).next
    plans.clear()
    listing.page(session, Sieve(order=order), SITE, turn)
    entered = [step for step, statement in plans if "LIMIT" in statement and re.match(r"SEARCH \w+ USING", step)]
    outer = {"owner": "person", "used": "key_last_used"}.get(order.column, "key")
    assert any(re.match(rf"SEARCH {outer} USING (COVERING )?INDEX \w+ \([^=]*[<>]", step) for step in entered), plans


@pytest.mark.parametrize("wanted", SIEVES.values(), ids=SIEVES)
def test_every_filter_is_read_from_an_index(session, many, plans, wanted):  # noqa: F811
    listing.page(session, make(wanted), SITE)
    assert [step for step, _ in plans if walks_a_table(step)] == []


@pytest.mark.parametrize("wanted", SIEVES.values(), ids=SIEVES)
def test_keys_that_were_found_are_looked_up_by_their_id(session, many, plans, wanted):  # noqa: F811
    plans.clear()
    listing.page(session, make(wanted), SITE)
    found = {statement for _, statement in plans if "IN (SELECT anon" in statement}
    assert found
    for statement in found:
        steps = [step for step, of in plans if of == statement]
        assert any(step.startswith("SEARCH key USING INTEGER PRIMARY KEY") for step in steps), steps
