"""The keys of one person, a page at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from portal import clock
from portal.audit.events import SHELL
from portal.keys import lifecycle, of_person
from portal.keys.models import KeyLastUsed
from portal.keys.of_person import Show, Wish
from portal.site.settings import DAY, SiteSettings

SITE = SiteSettings()


@pytest.fixture
def five(session, alice, issue):
    """Five keys of alice, n0 the newest; two of them have one age."""
    keys = [issue(alice, f"n{number}")[0] for number in range(5)]
    for number, key in enumerate(keys):
        key.created_at = clock.now() - min(number, 3) * DAY
    session.commit()
    return keys


def names(page):
    return [key.name for key in page.keys]


def look(session, alice, size=2, **wish):
    return of_person.page(session, alice.id, Wish(**wish), SITE, size)


def test_the_pages_follow_each_other_newest_first(session, alice, five):
    first = look(session, alice)
    second = look(session, alice, after=first.keys[-1].public_id)
    third = look(session, alice, after=second.keys[-1].public_id)

    assert [names(page) for page in (first, second, third)] == [["n0", "n1"], ["n2", "n4"], ["n3"]]
    assert [(page.has_previous, page.has_next) for page in (first, second, third)] == [
        (False, True), (True, True), (True, False),
    ]  # fmt: skip


def test_the_way_back(session, alice, five):
    last = look(session, alice, last=True)
    before = look(session, alice, before=last.keys[0].public_id)

    assert [names(page) for page in (last, before)] == [["n4", "n3"], ["n1", "n2"]]
    assert [(page.has_previous, page.has_next) for page in (last, before)] == [(True, False), (True, True)]


def test_past_an_end_is_the_page_at_that_end_and_an_unknown_edge_the_first_page(session, alice, five, bob, issue):
    others, _ = issue(bob)
    assert names(look(session, alice, after=five[3].public_id)) == ["n4", "n3"]
    assert names(look(session, alice, before=five[0].public_id)) == ["n0", "n1"]
    assert names(look(session, alice, after=others.public_id)) == ["n0", "n1"]
    assert names(look(session, alice, after="a\0b" if session.bind.dialect.name == "sqlite" else "x")) == ["n0", "n1"]


def test_living_used_and_all_keys(session, alice, five):
    lifecycle.stop(session, SHELL, five[0])
    five[1].expires_at = clock.now() - timedelta(seconds=1)
    for key, days in ((five[2], 1), (five[3], 40)):
        session.merge(KeyLastUsed(key_id=key.id, at=clock.now() - days * DAY, used=True))
    session.commit()
    session.expire_all()

    assert names(look(session, alice, 9)) == ["n2", "n4", "n3"]
    assert names(look(session, alice, 9, show=Show.USED)) == ["n2"]
    assert names(look(session, alice, 9, show=Show.ALL)) == ["n0", "n1", "n2", "n4", "n3"]
    assert of_person.counts(session, alice.id, SITE) == {Show.LIVING: 3, Show.USED: 1, Show.ALL: 5}
    assert of_person.living_counts(session, [alice.id], SITE) == {alice.id: 3}
    assert [key.name for key in of_person.living(session, alice.id, SITE)] == ["n2", "n3", "n4"]


def test_a_count_stops_at_its_limit(session, alice, bob, five, monkeypatch):
    monkeypatch.setattr(of_person, "COUNTED", 3)
    assert of_person.living_counts(session, [alice.id, bob.id], SITE) == {alice.id: 4, bob.id: 0}
    assert of_person.counts(session, alice.id, SITE)[Show.ALL] == 4


def test_another_persons_key_is_not_picked(session, alice, bob, issue, five):
    others, _ = issue(bob)
    assert of_person.picked(session, alice.id, [five[0].public_id, others.public_id, "?"]) == [five[0]]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_page_is_read_from_the_index_of_the_owners_keys(session, alice, five, backwards):
    rows = of_person.select(of_person.Key.id).where(*of_person._conditions(alice.id, Show.ALL, SITE))
    page = of_person._from_edge(rows, five[2], backwards=backwards).limit(3)
    dialect = session.get_bind().dialect
    spelt = str(page.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    if dialect.name == "postgresql":
        session.execute(text("SET enable_seqscan = off"))
        session.execute(text("SET enable_bitmapscan = off"))
    explain = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
    plan = " ".join(str(row[-1]) for row in session.execute(text(f"{explain} {spelt}")))
    assert "ix_key_owner_id_created_at_id" in plan
    assert "B-TREE" not in plan
    assert "Sort" not in plan
