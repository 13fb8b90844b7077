"""Rows that somebody wrote by hand, or a fault of the disk: they spoil no page and hide no other row."""

import csv
import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from portal.accounts.models import Person
from portal.clock import EPOCH
from portal.keys.models import Key
from portal.rows import Moment
from portal.site import change
from portal.site.models import Site

KEYS = "/admin/keys"
LIST = "/profile/api-credentials"
POISONS = [
    "created_at = 'zz'", "expires_at = 9e18", "expires_at = 9000000000000000000", "expires_at = x'00ff'",
    "paused_at = 'x'", "revoked_at = 'x'", "not_before = 1.5", "name = CAST(x'66ff6f' AS TEXT)",
    "secret_made_at = -9000000000000000000", "hidden_at = NULL", "created_at = 253402300799999",
]  # fmt: skip
OF_OWNER = ["created_at = 'q'", "email = CAST(x'61ff40622e6f7267' AS TEXT)"]


@pytest.fixture
def poison(session, alice, issue):
    """Write by hand into the second of three keys of one person, or into the person."""
    keys = [issue(alice, name)[0] for name in ("first", "poisoned", "last")]

    def do(table, change):
        row = keys[1].id if table == "key" else alice.id
        session.execute(text(f"UPDATE {table} SET {change} WHERE id = {row}".replace(":", r"\:")))
        session.commit()
        session.expire_all()
        return keys[1].public_id

    return do


@pytest.fixture
def owner(visit, alice):
    """The owner, signed in before anything is spoiled."""
    return visit(alice)


@pytest.fixture(params=[("key", change) for change in POISONS] + [("person", change) for change in OF_OWNER], ids=str)
def poisoned(request, owner, poison):
    return poison(*request.param)


def test_an_admin_still_sees_every_row(visit, ada, alice, poisoned):
    admin = visit(ada)
    pages = (KEYS, "/admin/", "/admin/users", f"/admin/users/{alice.id}")
    pages += (f"{KEYS}/{poisoned}", f"{KEYS}?sort=name", f"{KEYS}?sort=owner")
    answers = {page: admin.get(page) for page in pages}
    assert {page: answer.status_code for page, answer in answers.items()} == dict.fromkeys(pages, 200)
    assert all(name in answers[KEYS].text for name in ("first", "last", poisoned))


def test_the_file_of_all_keys_has_every_row(visit, ada, poisoned):
    answer = visit(ada).get(f"{KEYS}/export/csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))
    assert poisoned in {row["public_id"] for row in rows}
    assert len(rows) == 3


def test_its_owner_still_sees_every_row(owner, poisoned):
    answer = owner.get(LIST)
    assert answer.status_code == 200
    assert "first" in answer.text
    assert "last" in answer.text
    assert owner.get(f"{LIST}/{poisoned}").status_code == 200


@pytest.mark.parametrize("value", ["zz", b"zz", 1.5, 9e18, 2**62, -(2**62), -1, float("nan")])
def test_a_moment_that_is_none_reads_as_the_first_of_all(value):
    assert Moment().process_result_value(value, None) == EPOCH


def test_a_moment_reads_as_it_was_written():
    moment = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    kept = Moment().process_bind_param(moment, None)
    assert Moment().process_result_value(kept, None) == moment
    assert Moment().process_result_value(None, None) is None


def test_nonsense_in_revoked_at_counts_as_revoked(session, poison):
    poison("key", "revoked_at = 'x', expires_at = 'y'")
    key = session.query(Key).filter_by(name="poisoned").one()
    assert key.revoked_at == key.expires_at == EPOCH


def test_bytes_that_are_no_text_are_read_with_a_mark_in_their_place(session, poison, alice):
    poison("person", OF_OWNER[1])
    assert session.get(Person, alice.id, populate_existing=True).email == "a\ufffd@b.org"


UNREADABLE = "The rules of this key cannot be read; a request with it is not let in."


@pytest.mark.parametrize(
    "policy", ["garbage", "[1]", '{"resources":5}', '{"x":1}', "[" * 100_000, '{"quota":[]}', "1e999"]
)
def test_rules_that_cannot_be_read_are_told_so_on_the_pages_of_the_key(visit, ada, owner, poison, policy):
    public_id = poison("key", f"policy = '{policy}'")
    admin = visit(ada)
    pages = [admin.get(f"{KEYS}/{public_id}"), admin.get(f"{KEYS}/{public_id}/why"), owner.get(f"{LIST}/{public_id}")]
    assert [page.status_code for page in pages] == [200] * 3
    assert [page.text.count(UNREADABLE) for page in pages] == [1, 2, 1]
    assert "It would be let in." not in pages[1].text
    assert admin.get(KEYS).status_code == owner.get(LIST).status_code == 200


def test_of_a_revoked_key_with_such_rules_too(visit, ada, poison):
    public_id = poison("key", "policy = 'garbage', revoked_at = 1")
    answer = visit(ada).get(f"{KEYS}/{public_id}/why")
    assert answer.status_code == 200
    assert "401 revoked" in answer.text


def test_the_page_of_settings_opens_and_saves_over_one_that_cannot_be_read(visit, ada, session):
    session.add(Site(name="longest_days", value="garbage", version=3))
    session.commit()
    admin = visit(ada)
    assert admin.get("/admin/settings").status_code == 200
    assert admin.send_form("/admin/settings", "/admin/settings", longest_days="180").status_code == 303
    session.rollback()
    assert change.current(session).longest_days == 180


@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        ("audit", "at = 'zz' WHERE seq = 1", "Entry 1 was altered."),
        ("audit", "body = CAST(body AS BLOB) WHERE seq = 1", "Entry 1 was altered."),
        ("audit_head", "seq = 'x'", "The head of the trail was altered."),
        ("audit_head", "hash = CAST(hash AS BLOB)", "The head of the trail was altered."),
    ],
)
def test_the_check_of_the_trail_says_what_was_altered(visit, ada, session, app, table, change, words):
    admin = visit(ada)
    session.execute(text(f"UPDATE {table} SET {change}"))
    session.commit()
    answer = admin.post("/admin/audit/check")
    assert answer.status_code == 200
    assert words in answer.text
    assert admin.get("/admin/audit").status_code == 200
    assert words in app.test_cli_runner().invoke(args=["audit", "verify"]).output


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31"])
def test_a_day_before_1970_is_told_to_be_none(visit, ada, app, day):
    answer = visit(ada).get(f"{KEYS}?before={day}")
    assert answer.status_code == 200
    assert f"{day} is not a day" in answer.text
    told = app.test_cli_runner().invoke(args=["keys", "list", "--expires-before", day])
    assert told.exit_code == 1
    assert len(told.output.splitlines()) == 1
    assert f"{day} is not a day" in told.output


def test_the_first_day_and_the_last_are_days(visit, ada):
    admin = visit(ada)
    for day in ("1970-01-01", "9999-12-31"):
        answer = admin.get(f"{KEYS}?before={day}")
        assert answer.status_code == 200
        assert "is not a day" not in answer.text
