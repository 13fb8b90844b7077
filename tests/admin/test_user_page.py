"""The page of one person, and what an admin does to an account."""

import pytest
from sqlalchemy import select

from portal import clock
from portal.accounts import sessions
from portal.accounts.models import Person
from portal.audit.models import Audit
from portal.keys.delete_account import delete_account
from tests.cast import ADA, ALICE


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def admin(request, visit, ada):
    return visit(ada, htmx=request.param)


@pytest.fixture
def page_of():
    return lambda person: f"/admin/users/{person.id}"


@pytest.fixture
def act(admin, page_of):
    """Do something to an account: `act(alice, "disable")`."""

    def do(person, name):
        url = f"{page_of(person)}/acts/{name}"
        assert admin.get(url).status_code == 200
        return admin.post(url)

    return do


@pytest.fixture
def reread(session):
    def read(person):
        session.rollback()
        return session.get(Person, person.id, populate_existing=True)

    return read


def test_to_everyone_else_there_is_no_such_page(visit, alice, bob, page_of):
    visitor = visit(alice)
    for path in ("", "/acts/disable"):
        assert visitor.get(page_of(bob) + path).status_code == 404
    for path in ("/acts/disable", "/acts/make-admin", "/keys/revoke", "/keys/hand-over", "/keys/ask"):
        assert visitor.post(page_of(bob) + path, all="1").status_code == 404


@pytest.mark.parametrize("number", ["0", "99", "9" * 18, str(2**63), "-1", "1.0", "x", "١"])
def test_nobody_has_such_a_number(visit, ada, number):
    assert visit(ada).get(f"/admin/users/{number}").status_code == 404


def test_a_deleted_account_is_nobody(visit, ada, alice, session, as_alice, page_of):
    delete_account(session, as_alice, alice)
    session.commit()
    admin = visit(ada)
    assert admin.get(page_of(alice)).status_code == 404
    assert admin.post(f"{page_of(alice)}/acts/enable").status_code == 404


def test_the_page_says_who_the_person_is_and_where_they_are_signed_in(visit, ada, alice, page_of):
    visit(alice)
    page = visit(ada).get(page_of(alice)).text
    assert all(word in page for word in (ALICE, "Active", "Account since", "127.0.0.1", "Unknown browser", "Open"))
    assert "Make administrator" in page
    assert "Disable account" in page


def test_a_sign_in_that_has_ended_is_shown_as_such(visit, ada, alice, session, as_alice, page_of):
    opened = sessions.open_for(session, as_alice, alice, "Firefox")
    opened.sign_in.ended_at = clock.now()
    session.commit()
    page = visit(ada).get(page_of(alice)).text
    assert "Ended" in page
    assert "End all sessions" not in page


def test_a_disabled_account_is_out_everywhere_until_it_is_enabled(visit, ada, alice, act, reread):
    theirs = visit(alice)
    assert act(alice, "disable").status_code in {200, 303}
    assert reread(alice).disabled_at is not None
    assert theirs.get("/profile").status_code == 303
    act(alice, "enable")
    assert reread(alice).disabled_at is None
    assert visit(alice)


def test_somebody_is_made_and_unmade_an_admin(visit, alice, act, reread):
    theirs = visit(alice)
    act(alice, "make-admin")
    assert reread(alice).is_admin
    assert theirs.get("/admin/users").status_code == 200
    act(alice, "unmake-admin")
    assert theirs.get("/admin/users").status_code == 404


def test_all_sessions_are_ended(visit, alice, act):
    one, two = visit(alice), visit(alice)
    act(alice, "end-sessions")
    assert [visitor.get("/profile").status_code for visitor in (one, two)] == [303, 303]


@pytest.mark.parametrize("name", ["disable", "unmake-admin"])
def test_the_last_admin_stays(ada, act, reread, name):
    answer = act(ada, name)
    assert answer.status_code == 422
    assert "make another administrator first" in answer.text
    assert reread(ada).is_admin
    assert reread(ada).disabled_at is None


def test_an_admin_who_unmakes_themselves_is_sent_home(visit, make_person, ada, act, reread):
    make_person("eve@example.org", is_admin=True)
    answer = act(ada, "unmake-admin")
    assert "/profile/api-credentials" in (answer.headers.get("Location") or answer.headers["HX-Redirect"])
    assert not reread(ada).is_admin


def test_each_act_says_what_it_does_before_it_is_done(admin, alice, page_of):
    words = {
        "disable": "each of their keys is refused at its next request", "enable": "their keys work as before",
        "make-admin": "see no secret and no password", "unmake-admin": "They keep their account",
        "end-sessions": "session keys end with it",
    }  # fmt: skip
    for name, said in words.items():
        assert said in admin.get(f"{page_of(alice)}/acts/{name}").text
    assert admin.get(f"{page_of(alice)}/acts/sign-in").status_code == 404
    assert admin.post(f"{page_of(alice)}/acts/sign-in").status_code == 404


@pytest.mark.parametrize("name", ["disable", "unmake-admin"])
def test_before_somebody_stops_themselves_the_question_says_so(admin, ada, alice, page_of, name):
    assert "This is you." in admin.get(f"{page_of(ada)}/acts/{name}").text
    assert "This is you." not in admin.get(f"{page_of(alice)}/acts/{name}").text


def test_each_act_is_in_the_trail_with_the_admin(alice, act, session):
    for name in ("disable", "enable", "make-admin", "unmake-admin"):
        act(alice, name)
    session.rollback()
    entries = session.scalars(select(Audit).where(Audit.subject == ALICE, Audit.actor == ADA).order_by(Audit.seq))
    assert [entry.event for entry in entries] == ["person:disabled", "person:enabled", "admin:made", "admin:unmade"]


def test_within_the_page_an_act_answers_with_the_person_and_closes_the_dialog(visit, ada, alice, page_of):
    admin = visit(ada, htmx=True)
    assert 'id="ask"' in admin.get(f"{page_of(alice)}/acts/disable").text
    answer = admin.post(f"{page_of(alice)}/acts/disable")
    assert 'id="person"' in answer.text
    assert '<div id="dialog" hx-swap-oob="true"></div>' in answer.text


def test_somebody_without_a_password_gets_another_link(visit, ada, alice, session, page_of):
    alice.password_hash = None
    session.commit()
    admin = visit(ada)
    assert "They have no password yet." in admin.get(page_of(alice)).text
    assert "/invitations/" in admin.post("/admin/users", email=ALICE, how="invite").text


@pytest.mark.parametrize("nonsense", ["%25_%5C", "x" * 10_000, "%00", "%ED%A0%80", "9223372036854775808", "ptl_x"])
@pytest.mark.parametrize("field", ["show", "after", "before"])
def test_nonsense_in_the_address_is_answered(admin, alice, issue, page_of, field, nonsense):
    issue(alice)
    assert admin.get(f"{page_of(alice)}?{field}={nonsense}").status_code == 200
