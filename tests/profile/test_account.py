"""My profile and the password."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from portal.accounts import passwords
from portal.accounts.throttle import PER_PERSON
from portal.audit.events import Event
from portal.audit.models import Audit
from tests import cast

NEW = "violet kettle under the stairs"
FORM = "/profile/password"


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def visitor(request, visit, alice):
    return visit(alice, htmx=request.param)


def events(session) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(Audit.event).order_by(Audit.seq)))


def test_my_profile_says_who_i_am_and_since_when(visit, alice):
    page = visit(alice).get("/profile").text
    assert alice.email in page
    assert "Member since" in page
    assert "Administrator" not in page


def test_my_profile_says_that_an_admin_is_one(visit, ada):
    assert "Administrator" in visit(ada).get("/profile").text


def test_the_new_password_holds_and_the_old_one_does_not(visitor, visit, alice):
    visitor.get(FORM)
    assert visitor.post(FORM, current=cast.PASSWORD, new=NEW).status_code in {200, 303}
    visitor.post("/sign-out")
    assert visitor.try_password(alice.email).status_code == 422
    assert visitor.try_password(alice.email, NEW).status_code in {200, 303}


def test_changing_the_password_ends_every_other_sign_in_and_keeps_this_one(visitor, visit, alice):
    elsewhere = visit(alice)
    visitor.get(FORM)
    visitor.post(FORM, current=cast.PASSWORD, new=NEW)
    assert elsewhere.get("/profile").status_code == 303
    assert visitor.get("/profile").status_code == 200


@pytest.mark.parametrize(
    ("path", "fields"),
    [("/profile/sessions/end-all", {}), (FORM, {"current": cast.PASSWORD, "new": "tin harbour at dusk 9"})],
)
def test_a_change_in_flight_does_not_outlive_being_signed_out_elsewhere(
    visitor, visit, alice, monkeypatch, path, fields
):
    elsewhere, hash_password = visit(alice), passwords.hash_password

    def meanwhile(password):
        monkeypatch.setattr(passwords, "hash_password", hash_password)
        with ThreadPoolExecutor() as another:  # a thread, as in the server: two requests share no context
            assert another.submit(lambda: elsewhere.post(path, **fields)).result().status_code == 303
        return hash_password(password)

    visitor.get(FORM)
    monkeypatch.setattr(passwords, "hash_password", meanwhile)
    answer = visitor.post(FORM, current=cast.PASSWORD, new=NEW)
    assert answer.headers.get("Location", answer.headers.get("HX-Redirect")) == FORM
    assert visitor.get(FORM).status_code in {303, 401}
    assert "That came too late" in visitor.get("/sign-in").text
    assert visitor.try_password(alice.email, NEW).status_code == 422


def test_a_wrong_current_password_changes_nothing_and_is_on_record(visitor, session):
    visitor.get(FORM)
    answer = visitor.post(FORM, current="not it", new=NEW)
    assert (answer.status_code, "This is not your current password." in answer.text) == (422, True)
    assert events(session)[-1] == Event.PASSWORD_REFUSED


def test_after_ten_wrong_passwords_even_the_right_one_must_wait(visitor, session, alice):
    visitor.get(FORM)
    for _ in range(PER_PERSON):
        visitor.post(FORM, current="not it", new=NEW)
    answer = visitor.post(FORM, current=cast.PASSWORD, new=NEW)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert re.search(r"Too many wrong passwords. Try again in (a minute|\d minutes)\.", answer.text)
    assert "aria-invalid" not in answer.text
    assert events(session).count(Event.PASSWORD_REFUSED) == 1
    assert Event.PASSWORD_CHANGED not in events(session)


def test_a_try_that_must_wait_compares_no_password(visitor, monkeypatch):
    visitor.get(FORM)
    for _ in range(PER_PERSON):
        visitor.post(FORM, current="not it", new=NEW)
    monkeypatch.setattr(passwords, "matches", lambda *_: pytest.fail("a password was compared"))
    assert visitor.post(FORM, current=cast.PASSWORD, new=NEW).status_code == 429


def test_inside_htmx_the_wait_is_said_in_the_form(visit, alice):
    visitor = visit(alice, htmx=True)
    visitor.get(FORM)
    for _ in range(PER_PERSON):
        visitor.post(FORM, current="not it", new=NEW)
    answer = visitor.post(FORM, current=cast.PASSWORD, new=NEW)
    assert answer.headers["HX-Retarget"] == "#password-form"
    assert answer.text.startswith('<form id="password-form"')


def test_a_weak_new_password_costs_no_try(visitor):
    visitor.get(FORM)
    for _ in range(PER_PERSON + 1):
        assert visitor.post(FORM, current=cast.PASSWORD, new="short").status_code == 422
    assert visitor.post(FORM, current=cast.PASSWORD, new=NEW).status_code in {200, 303}


def test_a_change_is_on_record(visitor, session):
    visitor.get(FORM)
    visitor.post(FORM, current=cast.PASSWORD, new=NEW)
    assert events(session)[-1] == Event.PASSWORD_CHANGED


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("short", "at least 10"), ("x" * 129, "at most 128"), (cast.ALICE, "easy to guess"), ("", "at least 10")],
)
def test_a_weak_new_password_is_refused_with_a_reason(visitor, password, sentence):
    visitor.get(FORM)
    answer = visitor.post(FORM, current=cast.PASSWORD, new=password)
    assert (answer.status_code, sentence in answer.text) == (422, True)


def test_no_password_is_written_back_into_the_page(visitor):
    visitor.get(FORM)
    answer = visitor.post(FORM, current="my-wrong-guess", new="short")
    assert "my-wrong-guess" not in answer.text
    assert 'value="short"' not in answer.text


def test_a_fragment_comes_back_to_htmx_and_a_page_to_a_browser(visit, alice):
    fragment = visit(alice, htmx=True).get(FORM).text
    page = visit(alice).get(FORM).text
    assert fragment.startswith('<form id="password-form"')
    assert page.startswith("<!DOCTYPE html>")
