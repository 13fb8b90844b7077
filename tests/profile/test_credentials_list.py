"""The list on the API credentials page."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select

from portal import clock
from portal.accounts import banners
from portal.audit.events import SHELL
from portal.clock import to_milliseconds
from portal.extensions import db
from portal.keys import lifecycle
from portal.keys.finder import Show
from portal.keys.models import Key, KeyLastUsed
from portal.keys.status import status_of
from portal.policy.facts import Facts
from portal.site.settings import DAY, SiteSettings
from portal.verification.judge import judge
from portal.verification.verdict import Allowed, KeyRow

LIST = "/profile/api-credentials"


def names(answer):
    return re.findall(r'<a class="name"[^>]*><bdi>(.*?)</bdi>', answer.text)


def test_a_signed_out_person_is_led_to_sign_in_and_back(client):
    assert client.get(LIST).location == "/sign-in?next=/profile/api-credentials"


def test_the_page_shows_the_endpoint_and_its_documentation(visit, alice):
    page = visit(alice).get(LIST).text
    assert "http://127.0.0.1:8000/sample</code>" in page
    assert 'href="http://127.0.0.1:8000/sample/docs"' in page


def test_without_keys_the_page_invites_to_make_one(visit, alice):
    assert "Make your first key" in visit(alice).get(LIST).text


def test_a_row_says_name_public_id_status_last_use_and_expiry(visit, alice, issue, session):
    key, _ = issue(alice, "ci", expires_at=clock.now() + 30 * DAY)
    session.merge(KeyLastUsed(used=True, key_id=key.id, at=clock.now() - timedelta(minutes=3), address="10.0.0.7"))
    session.commit()
    page = visit(alice).get(LIST).text
    for text in ("ci", key.public_id, "Active", "3 minutes ago", "from 10.0.0.7", "in 30 days"):
        assert text in page


def test_a_key_that_was_never_used_says_so(visit, alice, issue):
    issue(alice)
    assert "Never used" in visit(alice).get(LIST).text


def test_other_peoples_keys_are_not_listed(visit, alice, bob, issue):
    issue(bob, "bobs key")
    issue(alice, "alices key")
    assert names(visit(alice).get(LIST)) == ["alices key"]


def test_revoked_keys_are_one_click_away_with_when_and_by_whom(visit, alice, issue, session):
    key, _ = issue(alice, "old")
    lifecycle.revoke(session, SHELL, key, "left on a train")
    session.commit()
    visitor = visit(alice)
    assert names(visitor.get(LIST)) == []
    revoked = visitor.get(f"{LIST}?show=revoked")
    assert names(revoked) == ["old"]
    assert "by an administrator" in revoked.text
    assert "left on a train" in revoked.text


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("active", ["later"]),
        ("expires-soon", ["soon"]),
        ("expired", ["over"]),
        ("paused", ["resting"]),
        ("revoked", []),
    ],
)
def test_the_list_can_be_filtered_by_status(visit, alice, issue, session, show, expected):
    issue(alice, "later")
    issue(alice, "soon", expires_at=clock.now() + DAY)
    issue(alice, "over", expires_at=clock.now() - DAY)
    resting, _ = issue(alice, "resting")
    resting.paused_at = clock.now()
    session.commit()
    assert [
        name for name in names(visit(alice).get(f"{LIST}?show={show}")) if name != "soon" or show != "active"
    ] == expected


def test_every_key_is_listed_under_its_status_and_refused_for_it(visit, alice, issue, session):
    now = clock.now()
    dates = {"paused_at": now, "expires_at": now - DAY, "not_before": now + DAY, "revoked_at": now}
    for number in range(2 ** len(dates)):
        key, _ = issue(alice, f"key {number}")
        for place, (column, moment) in enumerate(dates.items()):
            if number >> place & 1:
                setattr(key, column, moment)
    session.commit()
    visitor = visit(alice)
    shown = {show: set(names(visitor.get(f"{LIST}?show={show}"))) for show in Show}
    for key in session.scalars(select(Key)):
        status = status_of(key, now, SiteSettings())
        verdict = judge(row_of(key), Facts(), to_milliseconds(now))
        assert key.name in shown[Show(status)], (key.name, status)
        assert sum(key.name in shown[show] for show in Show) == (1 if status == "revoked" else 2)
        assert isinstance(verdict, Allowed) or verdict.reason == status


@pytest.mark.parametrize("text", ["NIGHT", "tly-up", "  nightly  "])
def test_a_search_finds_part_of_a_name_in_any_case(visit, alice, issue, text):
    issue(alice, "nightly-upload")
    issue(alice, "other")
    assert names(visit(alice).get(f"{LIST}?q={text}")) == ["nightly-upload"]


def test_a_search_finds_a_public_id(visit, alice, issue):
    key, _ = issue(alice, "nightly")
    issue(alice, "other")
    assert names(visit(alice).get(f"{LIST}?q={key.public_id[4:]}")) == ["nightly"]


def test_a_pasted_token_finds_its_key_and_is_not_repeated(visit, alice, issue):
    _, token = issue(alice, "nightly")
    issue(alice, "other")
    answer = visit(alice).get(f"{LIST}?q={token}")
    assert names(answer) == ["nightly"]
    assert token not in answer.text


@pytest.mark.parametrize("text", ["%25", "_", "*"])
def test_wildcards_in_a_search_mean_themselves(visit, alice, issue, text):
    issue(alice, "plain")
    found = names(visit(alice).get(f"{LIST}?q={text}"))
    assert found == (["plain"] if text == "_" else [])  # every public id has an underscore


def test_a_search_without_result_offers_to_clear_it(visit, alice, issue):
    issue(alice)
    page = visit(alice).get(f"{LIST}?q=zzz").text
    assert "No key matches “zzz” here." in page
    assert "Clear the search" in page


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("name", ["a", "b", "c"]), ("-name", ["c", "b", "a"]), ("created", ["c", "a", "b"]), ("-created", ["b", "a", "c"]),
     ("expires", ["b", "c", "a"]), ("-used", ["a", "c", "b"]), ("used", ["c", "a", "b"])],
)  # fmt: skip
def test_the_list_can_be_sorted(visit, alice, issue, session, sort, expected):
    days_left, minutes_unused = {"c": 20, "a": 30, "b": 10}, {"c": 5, "a": 1}
    for name, days in days_left.items():
        key, _ = issue(alice, name, expires_at=clock.now() + days * DAY)
        if name in minutes_unused:
            used = clock.now() - timedelta(minutes=minutes_unused[name])
            session.merge(KeyLastUsed(used=True, key_id=key.id, at=used, address=None))
    session.commit()
    assert names(visit(alice).get(f"{LIST}?sort={sort}")) == expected


def test_the_list_comes_in_pages(visit, alice, issue):
    for number in range(27):
        issue(alice, f"key {number:02}")
    visitor = visit(alice)
    first, second = visitor.get(f"{LIST}?sort=name"), visitor.get(f"{LIST}?sort=name&page=2")
    assert "1–25 of 27" in first.text
    assert names(second) == ["key 25", "key 26"]


@pytest.mark.parametrize(
    "nonsense",
    ["show=x", "sort=drop+table", "page=-1", "page=٣", "page=9999999999999999999999", "page=999", "q=%00", "q=%ff",
     "q=" + "x" * 5000, "edit=x", "at=%3Cscript%3E"],
)  # fmt: skip
def test_nonsense_in_the_address_still_shows_a_page(visit, alice, issue, nonsense):
    issue(alice)
    assert visit(alice).get(f"{LIST}?{nonsense}").status_code == 200


def test_htmx_gets_the_list_alone(visit, alice, issue):
    issue(alice)
    fragment = visit(alice, htmx=True).get(LIST).text.strip()
    assert fragment.startswith('<section id="keys"')
    assert "<html" not in fragment


def test_a_thousand_keys_take_no_more_queries_than_one(visit, app, alice, issue, session):
    first, _ = issue(alice, "key 0")
    visitor = visit(alice)
    visitor.get(LIST)
    with_one = statements(app, lambda: visitor.get(LIST))
    row = {column.name: getattr(first, column.name) for column in Key.__table__.columns if column.name != "id"}
    session.execute(insert(Key), [{**row, "public_id": f"ptl_{n:010}", "name": f"key {n}"} for n in range(1, 1000)])
    session.commit()
    assert "1–25 of 1,000" in visitor.get(LIST).text or "1–25 of 1000" in visitor.get(LIST).text
    assert len(statements(app, lambda: visitor.get(LIST))) == len(with_one) == 10


def test_a_banner_is_shown_until_it_is_dismissed(visit, alice, session):
    banners.tell(session, alice.id, "key-revoked", public_id="ptl_x", name="<b>", by="ada@example.org", reason="leaked")
    session.commit()
    visitor = visit(alice)
    assert "Your key “&lt;b&gt;” (ptl_x) was revoked on" in visitor.get(LIST).text
    assert visitor.post("/profile/banners/1/dismiss").status_code == 303
    assert "ptl_x" not in visitor.get(LIST).text


@pytest.mark.parametrize("banner", ["1", "999", str(2**63), "9" * 40])
def test_a_banner_of_someone_else_cannot_be_dismissed(visit, alice, bob, session, banner):
    banners.tell(session, bob.id, "key-leaked")
    session.commit()
    assert visit(alice).post(f"/profile/banners/{banner}/dismiss").status_code == 404


def test_a_hostile_name_is_shown_as_text(visit, alice, issue):
    issue(alice, '"><img src=x onerror=alert(1)>')
    page = visit(alice).get(LIST).text
    assert "<img" not in page
    assert "&gt;&lt;img src=x onerror=alert(1)&gt;" in page


def row_of(key):
    """Return what the store would find of `key`."""
    blank = dict.fromkeys(KeyRow._fields) | {"policy": key.policy, "site": "{}", "steady_until": 0}
    dates = {name: getattr(key, name) for name in ("created_at", "not_before", "expires_at", "paused_at", "revoked_at")}
    return KeyRow(**blank | {name: moment and to_milliseconds(moment) for name, moment in dates.items()})


def statements(app, act):
    """Return every statement that `act` sends, but for those that frame transactions."""
    seen = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    act()
    event.remove(engine, "before_cursor_execute", note)
    return seen


def test_an_admin_finds_the_way_to_all_keys_at_the_top(visit, ada, alice):
    assert 'href="/admin/keys"' in visit(ada, htmx=False).get(LIST).text
    assert "/admin" not in visit(alice, htmx=False).get(LIST).text
