"""The list of people, a page at a time."""

import pytest
from sqlalchemy import insert, text

from portal import clock
from portal.accounts import directory
from portal.accounts.directory import Show, Wish
from portal.accounts.models import DELETED, Person

NAMES = ["Anna", "ben", "Çem", "dora", "emil", "fay"]


def fill(session, names, **what):
    rows = [
        {"email": f"{name}@example.org", "email_folded": f"{name}@example.org".casefold(), "created_at": clock.now(),
         "is_admin": False} | what
        for name in names
    ]  # fmt: skip
    session.execute(insert(Person), rows)
    session.commit()


@pytest.fixture
def six(session):
    fill(session, NAMES)


def listed(page):
    return [person.email.partition("@")[0] for person in page.people]


def test_people_are_listed_by_e_mail_whatever_its_case(session, six):
    assert listed(directory.page(session, Wish())) == ["Anna", "ben", "dora", "emil", "fay", "Çem"]


def test_the_pages_follow_each_other_and_say_when_there_are_no_more(session, six):
    first = directory.page(session, Wish(), 2)
    second = directory.page(session, Wish(after="ben@example.org"), 2)
    third = directory.page(session, Wish(after="emil@example.org"), 2)

    assert [listed(page) for page in (first, second, third)] == [["Anna", "ben"], ["dora", "emil"], ["fay", "Çem"]]
    assert [(page.has_previous, page.has_next) for page in (first, second, third)] == [
        (False, True), (True, True), (True, False),
    ]  # fmt: skip


def test_the_way_back_shows_the_same_pages(session, six):
    last = directory.page(session, Wish(last=True), 2)
    before = directory.page(session, Wish(before="fay@example.org"), 2)
    first = directory.page(session, Wish(before="dora@example.org"), 2)

    assert [listed(page) for page in (last, before, first)] == [["fay", "Çem"], ["dora", "emil"], ["Anna", "ben"]]
    assert [(page.has_previous, page.has_next) for page in (last, before, first)] == [
        (True, False), (True, True), (False, True),
    ]  # fmt: skip


def test_past_an_end_is_the_page_at_that_end(session, six):
    assert listed(directory.page(session, Wish(after="\U0010ffff"), 2)) == ["fay", "Çem"]
    assert listed(directory.page(session, Wish(before="0"), 2)) == ["Anna", "ben"]


def test_nobody_at_all_is_an_empty_page(session):
    assert listed(directory.page(session, Wish(after="x", text="y"))) == []
    assert listed(directory.page(session, Wish(last=True))) == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [("a", ["Anna"]), ("ANNA@", ["Anna"]), (" dora", ["dora"]), ("ora", []), ("%", []), ("_", []), ("\\", []),
     ("ç", ["Çem"]), ("", ["Anna", "ben", "dora", "emil", "fay", "Çem"])],
)  # fmt: skip
def test_the_beginning_of_an_e_mail_is_searched_for(session, six, typed, found):
    assert listed(directory.page(session, Wish(text=typed))) == found


@pytest.mark.parametrize("nonsense", ["x" * 10_000, "a\0b", "\ud800", "' OR 1=1", "\U0010ffff"])
def test_nonsense_finds_nobody(session, six, nonsense):
    assert listed(directory.page(session, Wish(text=nonsense))) == []
    assert directory.page(session, Wish(after=nonsense, before=nonsense))


def test_admins_and_disabled_accounts_are_listed_by_themselves(session, six):
    fill(session, ["ada", "eve"], is_admin=True)
    fill(session, ["bad"], disabled_at=clock.now())

    assert listed(directory.page(session, Wish(Show.ADMINS))) == ["ada", "eve"]
    assert listed(directory.page(session, Wish(Show.ADMINS, "e"))) == ["eve"]
    assert listed(directory.page(session, Wish(Show.DISABLED))) == ["bad"]
    assert directory.counts(session) == {Show.ALL: 9, Show.ADMINS: 2, Show.DISABLED: 1}
    assert directory.counts(session, "e") == {Show.ALL: 2, Show.ADMINS: 1, Show.DISABLED: 0}


def test_a_deleted_account_is_nobody(session, six, alice):
    alice.email = alice.email_folded = f"{DELETED}{alice.id}"
    alice.disabled_at = clock.now()
    session.commit()

    assert DELETED not in " ".join(listed(directory.page(session, Wish())))
    assert directory.counts(session)[Show.DISABLED] == 0


def test_a_count_stops_at_its_limit(session, six, monkeypatch):
    monkeypatch.setattr(directory, "COUNTED", 3)
    assert directory.counts(session)[Show.ALL] == 4


@pytest.mark.parametrize(
    ("wish", "index"),
    [
        (Wish(), "uq_person_email_folded"),
        (Wish(last=True), "uq_person_email_folded"),
        (Wish(text="user", after="user9"), "uq_person_email_folded"),
        (Wish(Show.ADMINS, before="x"), "ix_person_is_admin_email_folded"),
        (Wish(Show.DISABLED, "u"), "ix_person_disabled"),
    ],
)
def test_every_page_is_read_from_an_index_in_its_order(session, wish, index):
    fill(session, [f"user{number:05}" for number in range(3000)])
    fill(session, [f"boss{number}" for number in range(20)], is_admin=True)
    fill(session, [f"gone{number}" for number in range(20)], disabled_at=clock.now())
    plan = plan_of(session, directory._from_edge(wish).limit(51))

    assert index in plan or (index.startswith("uq_") and "sqlite_autoindex_person" in plan), plan
    assert "B-TREE" not in plan
    assert "Sort" not in plan


def plan_of(session, rows):
    dialect = session.get_bind().dialect
    spelt = str(rows.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).replace("%%", "%")
    if dialect.name == "sqlite":
        return " ".join(row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {spelt}")))
    session.execute(text("ANALYZE"))
    return " ".join(row[0] for row in session.execute(text(f"EXPLAIN {spelt}")))
