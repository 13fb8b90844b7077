"""Deleting one's own account."""

import pytest

from portal import clock
from portal.accounts import membership
from portal.accounts.throttle import PER_PERSON
from portal.usage.models import KeyAddress
from tests import cast

FORM = "/profile/delete"


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def visitor(request, visit, alice):
    return visit(alice, htmx=request.param)


def is_there(session):
    session.rollback()
    return membership.by_email(session, cast.ALICE) is not None


def test_the_profile_leads_to_the_page_that_says_what_goes_and_what_stays(visit, alice):
    visitor = visit(alice)
    assert FORM in visitor.get("/profile").text
    page = visitor.get(FORM).text
    assert "What goes" in page
    assert "What stays" in page


def test_with_the_password_the_account_goes_and_everybody_is_signed_out(visitor, visit, alice, session):
    elsewhere = visit(alice)
    visitor.get(FORM)
    assert visitor.post(FORM, current=cast.PASSWORD).status_code in {200, 303}
    assert not is_there(session)
    assert [browser.get("/profile").status_code for browser in (visitor, elsewhere)] in ([303, 303], [401, 303])
    assert visitor.try_password(cast.ALICE).status_code == 422


def test_with_a_wrong_password_nothing_goes(visitor, session):
    visitor.get(FORM)
    answer = visitor.post(FORM, current="guess")
    assert answer.status_code == 422
    assert "This is not your current password." in answer.text
    assert is_there(session)


def test_guessing_is_slowed_down(visitor, session):
    visitor.get(FORM)
    statuses = [visitor.post(FORM, current="guess").status_code for _ in range(PER_PERSON + 1)]
    assert statuses[-1] == 429
    assert visitor.post(FORM, current=cast.PASSWORD).status_code == 429
    assert is_there(session)


def test_the_last_admin_is_told_why_not(visit, ada):
    visitor = visit(ada)
    visitor.get(FORM)
    answer = visitor.post(FORM, current=cast.PASSWORD)
    assert answer.status_code == 422
    assert "make another administrator first" in answer.text
    assert visitor.get("/profile").status_code == 200


def test_the_page_of_someone_who_is_deleted_says_so_once(visit, alice):
    visitor = visit(alice)
    visitor.get(FORM)
    visitor.post(FORM, current=cast.PASSWORD)
    assert "Your account is deleted." in visitor.get("/sign-in").text


def test_from_where_the_keys_were_used_goes_with_the_account(visitor, session, alice, issue):
    key, _ = issue(alice)
    session.add(KeyAddress(key_id=key.id, address="10.1.2.3", first_at=clock.now(), last_at=clock.now()))
    session.commit()
    visitor.get(FORM)
    visitor.post(FORM, current=cast.PASSWORD)
    session.rollback()
    assert session.query(KeyAddress).count() == 0
