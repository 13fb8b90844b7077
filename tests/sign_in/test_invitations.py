from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.accounts import invitations, membership
from portal.audit.events import SHELL
from tests.support.visitor import Visitor

EMAIL, PASSWORD = "new@example.org", "violet kettle under the stairs"


@pytest.fixture
def link(session) -> str:
    token = invitations.invite(session, SHELL, EMAIL)
    session.commit()
    return f"/invitations/{token}"


@pytest.fixture
def visitor(client):
    return Visitor(client)


def test_the_page_names_the_email_that_was_invited(visitor, link):
    assert EMAIL in visitor.get(link).text


def test_setting_a_password_makes_the_account_and_signs_in(visitor, link):
    visitor.get(link)
    assert visitor.post(link, password=PASSWORD).location == "/profile/api-credentials"
    assert EMAIL in visitor.get("/profile").text


def test_a_weak_password_is_refused_and_the_link_still_works(visitor, link):
    visitor.get(link)
    answer = visitor.post(link, password="password1234")
    assert (answer.status_code, "easy to guess" in answer.text) == (422, True)
    assert visitor.post(link, password=PASSWORD).status_code == 303


def test_a_link_works_once(app, link):
    first, second = Visitor(app.test_client()), Visitor(app.test_client())
    first.get(link)
    second.get(link)
    assert first.post(link, password=PASSWORD).status_code == 303
    answer = second.post(link, password=PASSWORD)
    assert (answer.status_code, "This invitation is over" in answer.text) == (404, True)


def test_someone_who_has_an_account_by_now_is_told_so_and_sees_no_form(visitor, link, make_person):
    make_person(EMAIL.upper())
    answer = visitor.get(link)
    assert (answer.status_code, "<form" in answer.text) == (404, False)
    assert "You have an account already" in answer.text


def test_someone_whose_account_was_made_while_the_form_was_open_is_told_so(visitor, link, make_person):
    visitor.get(link)
    make_person(EMAIL)
    answer = visitor.post(link, password=PASSWORD)
    assert (answer.status_code, "You have an account already" in answer.text) == (404, True)


def test_a_link_that_is_too_old_is_over(visitor, link):
    with time_machine.travel(clock.now() + invitations.LIFETIME + timedelta(seconds=1)):
        assert visitor.get(link).status_code == 404


def test_a_link_that_never_was_is_over(visitor):
    assert "This invitation is over" in visitor.get("/invitations/made-up").text


def test_an_invited_admin_is_one(visitor, session):
    token = invitations.invite(session, SHELL, EMAIL, is_admin=True)
    session.commit()
    visitor.get(f"/invitations/{token}")
    visitor.post(f"/invitations/{token}", password=PASSWORD, is_admin="0")
    assert membership.by_email(session, EMAIL).is_admin


def test_accepting_needs_the_token_of_the_form(client, link):
    assert client.post(link, data={"password": PASSWORD}).location == f"{link}?stale=1"
