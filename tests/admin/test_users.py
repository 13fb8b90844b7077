"""The page of everyone with an account."""

import re

import pytest
from sqlalchemy import insert, select

from portal import clock
from portal.accounts import invitations, membership
from portal.accounts.models import Invitation, Person
from portal.audit.events import SHELL
from portal.audit.models import Audit
from portal.keys import lifecycle
from portal.site import change
from tests.cast import ADA, ALICE, BOB

USERS = "/admin/users"


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def admin(request, visit, ada):
    return visit(ada, htmx=request.param)


def names(page):
    return re.findall(r'<a class="name"\s+href="[^"]+"><bdi>([^<]+)</bdi>', page.text)


def link_in(page):
    return re.search(r'id="the-link"[^>]*>http://127.0.0.1:8000(/invitations/[\w-]+)<', page.text)[1]


def test_to_everyone_else_there_is_no_such_page(visit, alice):
    assert visit(alice).get(USERS).status_code == 404
    assert visit(alice).post(USERS, email=BOB, how="invite").status_code == 404


def test_the_list_says_who_everyone_is(admin, alice, bob, issue, session):
    for name in ("ci", "nightly"):
        issue(alice, name)
    lifecycle.stop(session, SHELL, issue(alice, "old")[0])
    bob.disabled_at = clock.now()
    session.commit()
    page = admin.get(USERS)
    assert names(page) == [ADA, ALICE, BOB]
    rows = page.text.split("<tr")[2:]
    assert all(word in rows[0] for word in ("Administrator", "Active", "Just now"))
    assert all(word in rows[1] for word in ("Person", 'Living keys">2<', "Never"))
    assert "Disabled" in rows[2]


def test_somebody_is_found_by_the_beginning_of_their_e_mail(admin, alice, bob):
    assert names(admin.get(f"{USERS}?q=ALI")) == [ALICE]
    page = admin.get(f"{USERS}?q=lice")
    assert names(page) == []
    assert "Nobody’s e-mail begins with “lice” here." in page.text


def test_the_filters_say_how_many_there_are(admin, alice, bob, session):
    bob.disabled_at = clock.now()
    session.commit()
    page = admin.get(f"{USERS}?show=admins")
    assert names(page) == [ADA]
    assert re.findall(r"(All|Administrators|Disabled) <span>(\d+)</span>", page.text) == [
        ("All", "3"), ("Administrators", "1"), ("Disabled", "1"),
    ]  # fmt: skip
    assert names(admin.get(f"{USERS}?show=disabled")) == [BOB]


def test_the_arrows_lead_through_all_pages_and_back(admin, session):
    rows = [{"email": f"u{n:03}@x.org", "email_folded": f"u{n:03}@x.org", "created_at": clock.now(), "is_admin": False}
            for n in range(120)]  # fmt: skip
    session.execute(insert(Person), rows)
    session.commit()
    seen, url = [], USERS
    while url:
        page = admin.get(url)
        seen += names(page)
        url = arrow(page, "next")
    assert seen == [ADA, *(row["email"] for row in rows)]
    last = admin.get(arrow(admin.get(USERS), "last"))
    assert names(last) == seen[-50:]
    assert arrow(last, "next") is None
    assert names(admin.get(arrow(last, "prev"))) == seen[-100:-50]
    assert names(admin.get(arrow(last, "first"))) == seen[:50]


def arrow(page, rel):
    found = re.search(rf'id="page-{rel}"\s+href="([^"]+)"', page.text)
    return found and found[1].replace("&amp;", "&")


@pytest.mark.parametrize("nonsense", ["%25_%5C", "x" * 10_000, "%00", "%ED%A0%80", "9223372036854775808", "'--"])
@pytest.mark.parametrize("field", ["q", "after", "before", "show", "invited"])
def test_nonsense_in_the_address_is_answered(admin, alice, field, nonsense):
    assert admin.get(f"{USERS}?{field}={nonsense}").status_code == 200


def test_a_pasted_key_is_not_repeated(admin, alice, issue):
    _key, token = issue(alice)
    for pasted in (token, token[:30], f"{token}@example.org"):
        for field in ("q", "after", "before"):
            assert token.rpartition("_")[2][:8] not in admin.get(f"{USERS}?{field}={pasted}").text


@pytest.mark.parametrize("how", ["invite", "add"])
def test_a_key_pasted_for_an_e_mail_is_refused_and_kept_nowhere(admin, alice, issue, session, how):
    _key, token = issue(alice)
    admin.get(USERS)
    for pasted in (token, f"{token}@example.org"):
        answer = admin.post(USERS, email=pasted, how=how)
        assert answer.status_code == 422
        assert "This is a key, not an e-mail address." in answer.text
        assert token.rpartition("_")[2] not in answer.text
    session.rollback()
    assert session.scalars(select(Invitation)).all() == []
    assert session.scalars(select(Audit).where(Audit.subject.contains(token))).all() == []


def test_an_invitation_is_shown_once_and_makes_the_account(admin, client, session):
    admin.get(USERS)
    page = admin.post(USERS, email="new@example.org", how="invite")
    link = link_in(page)
    assert page.status_code == 201
    assert "no-store" in page.headers["Cache-Control"]
    assert link not in admin.get(USERS).text
    assert client.get(link).status_code == 200
    [invitation] = session.scalars(select(Invitation))
    assert (invitation.email, invitation.is_admin) == ("new@example.org", False)
    assert membership.by_email(session, "new@example.org") is None


def test_somebody_who_is_added_has_an_account_at_once_and_sets_the_password_by_the_link(admin, client, app, session):
    admin.get(USERS)
    link = link_in(admin.post(USERS, email="new@example.org", how="add", is_admin="y"))
    added = membership.by_email(session, "new@example.org")
    assert (added.password_hash, added.is_admin) == (None, True)
    assert "No password yet" in admin.get(f"{USERS}?q=new").text
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post(link, data={"password": "violet kettle under the stairs"}).status_code == 303
    session.rollback()
    session.refresh(added)
    assert added.password_hash is not None


@pytest.mark.parametrize(
    ("email", "sentence"), [(ADA, "There is an account"), ("nobody", "not an e-mail address"), ("", "not an e-mail")]
)
@pytest.mark.parametrize("how", ["invite", "add"])
def test_a_form_that_cannot_be_taken_comes_back_as_it_was_typed(admin, email, sentence, how):
    admin.get(USERS)
    page = admin.post(USERS, email=email, how=how)
    assert page.status_code == 422
    assert sentence in page.text
    assert re.search(rf'value="{how}"\s+checked', page.text)


def test_where_nobody_may_sign_up_nobody_is_invited(admin, session):
    change.change(session, SHELL, "sign_up", "off")
    session.commit()
    assert "Nobody can be invited at present" in visit_page(admin)
    assert admin.post(USERS, email="new@example.org", how="add").status_code == 422
    assert membership.by_email(session, "new@example.org") is None


def visit_page(admin):
    admin.headers = {}
    return admin.get(USERS).text


def test_an_open_invitation_is_listed_and_withdrawn(admin, client, session):
    token = invitations.invite(session, SHELL, "new@example.org")
    session.commit()
    assert "new@example.org" in visit_page(admin)
    [found] = invitations.open_ones(session)
    assert admin.post(f"{USERS}/invitations/{found.id}/withdraw").status_code == 303
    assert client.get(f"/invitations/{token}").status_code == 404
    assert admin.post(f"{USERS}/invitations/{found.id}/withdraw").status_code == 404
    session.rollback()
    entry = session.scalars(select(Audit).where(Audit.event == "invitation:withdrawn")).one()
    assert (entry.subject, entry.actor) == ("new@example.org", ADA)


def test_withdrawing_answers_with_the_list_inside_htmx(visit, ada, session):
    invitations.invite(session, SHELL, "new@example.org")
    session.commit()
    admin = visit(ada, htmx=True)
    [found] = invitations.open_ones(session)
    page = admin.post(f"{USERS}/invitations/{found.id}/withdraw")
    assert page.status_code == 200
    assert 'id="invited"' in page.text
    assert "new@example.org" not in page.text


def test_many_invitations_are_listed_in_pages(visit, ada, session):
    for number in range(25):
        invitations.invite(session, SHELL, f"new{number:02}@example.org")
    session.commit()
    admin = visit(ada)
    first = admin.get(USERS).text
    older = re.search(r'href="([^"]+)#invited">Older invitations', first)[1]
    rest = admin.get(older).text
    shown = re.findall(r"<bdi>(new\d\d)@", first) + re.findall(r"<bdi>(new\d\d)@", rest)
    assert len(shown) == len(set(shown)) == 25


def test_who_was_unmade_a_moment_ago_changes_nothing(visit, ada, alice, session, monkeypatch):
    admin = visit(ada)
    admin.get(USERS)
    monkeypatch.setattr("portal.web.who.me_still", lambda session: session.get(Person, alice.id))
    assert admin.post(USERS, email="new@example.org", how="add").status_code == 404
    assert membership.by_email(session, "new@example.org") is None
