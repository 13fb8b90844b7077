"""Keys that are had by one button: the default-key, a session key; and deleting a key."""

import html
import re

import pytest
from sqlalchemy import select

from portal import create_app
from portal.config import SignUp
from portal.keys import default_key, lifecycle
from portal.keys.models import Key, KeySecret
from portal.keys.token import Token
from portal.site import change
from portal.site.settings import SiteSettings
from tests.support.visitor import Visitor, field_in, token_in

LIST = "/profile/api-credentials"
PASSWORD = "violet kettle under the stairs"


@pytest.fixture
def reserved(session, as_alice, alice):
    key = default_key.reserve(session, as_alice, alice, prefix="ptl", site=SiteSettings())
    session.commit()
    return key


def text_of(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def secrets(session):
    session.rollback()
    return session.scalars(select(KeySecret)).all()


def get_key(visitor, key, form_id=None):
    page = visitor.get(LIST)
    return visitor.post(f"{LIST}/{key.public_id}/secret", form_id=form_id or field_in(page, "form_id"))


@pytest.fixture
def newcomer(settings):
    """Someone who has just signed up."""
    visitor = Visitor(create_app(settings.model_copy(update={"sign_up": SignUp.OPEN})).test_client())
    visitor.get("/sign-up")
    visitor.post("/sign-up", email="new@example.org", password=PASSWORD)
    return visitor


def test_who_signs_up_finds_a_default_key_without_a_secret(newcomer):
    page = text_of(newcomer.get(LIST))
    assert "default-key" in page
    assert "No secret yet" in page
    assert "Get key" in page


def test_where_the_site_wants_none_a_newcomer_finds_none(session, as_alice, settings, client):
    change.change(session, as_alice, "default_key", "no")
    session.commit()
    visitor = Visitor(create_app(settings.model_copy(update={"sign_up": SignUp.OPEN})).test_client())
    visitor.get("/sign-up")
    visitor.post("/sign-up", email="new@example.org", password=PASSWORD)
    assert "Make your first key" in visitor.get(LIST).text


def test_an_account_from_the_shell_finds_none(visitor):
    assert "Make your first key" in visitor.get(LIST).text


def test_get_key_makes_the_secret_and_shows_it_once(visitor, reserved, session):
    answer = get_key(visitor, reserved)
    assert answer.status_code == 201
    assert Token.parse(token_in(answer)).public_id == reserved.public_id
    assert f"export PORTAL_API_KEY={token_in(answer)}" in re.sub(r"<[^>]+>", "", answer.text)
    assert len(secrets(session)) == 1
    assert token_in(answer).rpartition("_")[2] not in visitor.get(LIST).text


def test_get_key_pressed_twice_makes_one_secret(visitor, reserved, session):
    get_key(visitor, reserved, "form-1")
    again = get_key(visitor, reserved, "form-1")
    assert again.status_code == 409
    assert "This secret was already made" in again.text
    assert len(secrets(session)) == 1


def test_a_form_that_has_made_the_secret_of_another_key_makes_no_second_one(visitor, reserved, session, alice, issue):
    issue(alice, "another")
    session.query(KeySecret).update({"form_id": "form-1"})
    session.commit()
    assert get_key(visitor, reserved, "form-1").status_code in {200, 303}
    assert session.query(KeySecret).count() == 1


@pytest.mark.parametrize("form_id", ["", "x" * 65, "api:2:nightly", "a b", "a\n"])
def test_without_a_form_id_nothing_is_made(visitor, reserved, session, form_id):
    visitor.get(LIST)
    assert visitor.post(f"{LIST}/{reserved.public_id}/secret", form_id=form_id).status_code == 422
    assert visitor.post(f"{LIST}/session-key", form_id=form_id).status_code == 422
    assert secrets(session) == []


def test_a_revoked_default_key_says_that_it_stays_as_it_is(visit, alice, reserved, session, as_alice):
    lifecycle.revoke(session, as_alice, reserved)
    session.commit()
    visitor = visit(alice)
    visitor.post(f"{LIST}/{reserved.public_id}/secret", form_id="form-1")
    assert "This key was revoked; it stays as it is." in visitor.get(LIST).text


def test_the_page_of_a_key_without_a_secret_offers_it(visit, alice, reserved):
    page = text_of(visit(alice).get(f"{LIST}/{reserved.public_id}"))
    assert "No secret yet" in page
    assert "Get key" in page
    assert "90 days after you get it" in page
    assert "Rotate" not in page


def test_the_menu_shows_the_default_keys_public_id_on_every_page(visit, alice, reserved):
    visitor = visit(alice)
    for path in (LIST, "/profile", "/help/api-keys", f"{LIST}/{reserved.public_id}"):
        assert f"default-key {reserved.public_id[:8]}…" in text_of(visitor.get(path))


def test_the_snippets_name_the_default_key_while_it_lives(visit, alice, reserved, issue):
    visitor = visit(alice)
    assert f"# with the key in PORTAL_API_KEY: default-key, {reserved.public_id}" in text_of(visitor.get(LIST))
    visitor.post(f"{LIST}/{reserved.public_id}/delete")
    gone = text_of(visitor.get(LIST))
    assert reserved.public_id not in gone
    assert "You have no default-key : generate a key of that name" in gone
    again, _ = issue(alice, "default-key")
    assert f"default-key, {again.public_id}" in text_of(visitor.get(LIST))


def test_the_help_page_names_it_too(visit, alice, reserved):
    assert f"default-key, {reserved.public_id}" in text_of(visit(alice).get("/help/api-keys"))


def test_a_session_key_is_shown_once_and_listed_with_its_mark(visitor, session):
    visitor.get(LIST)
    answer = visitor.post(f"{LIST}/session-key", form_id="form-1")
    assert answer.status_code == 201
    assert token_in(answer).startswith("ptls_")
    listed = text_of(visitor.get(LIST))
    assert "Session key, 20" in listed
    assert "With its sign-in this browser’s" in listed


def test_a_session_key_is_made_once_for_each_form(visitor, session):
    visitor.get(LIST)
    for status in (201, 409):
        assert visitor.post(f"{LIST}/session-key", form_id="form-1").status_code == status
    assert len(secrets(session)) == 1


def test_within_htmx_the_button_is_renewed_so_that_it_makes_another(visit, alice, session):
    visitor = visit(alice, htmx=True)
    first = field_in(Visitor(visitor.client).get(LIST), "form_id")
    visitor.get("/profile")
    answer = visitor.post(f"{LIST}/session-key", form_id=first)
    assert 'id="session" hx-swap-oob="true"' in " ".join(answer.text.split())
    assert field_in(answer, "form_id") != first


def test_a_form_of_someone_else_makes_no_session_key(visit, alice, bob, session):
    visit(bob).post(f"{LIST}/session-key", form_id="form-1")
    visitor = visit(alice)
    assert visitor.post(f"{LIST}/session-key", form_id="form-1").status_code == 422


def test_signing_out_revokes_the_session_key_and_says_why(visit, alice, session):
    visitor = visit(alice)
    visitor.post(f"{LIST}/session-key", form_id="form-1")
    visitor.post("/sign-out")
    key = session.scalars(select(Key)).one()
    assert (key.revoked_by, key.revoked_reason) == (alice.email, "Its sign-in has ended.")


def test_the_question_before_deleting_says_what_happens(visitor, key):
    asked = text_of(visitor.get(f"{LIST}/{key.public_id}/delete"))
    for words in (
        "Delete API key?",
        "ci",
        key.public_id,
        "refused at its next request",
        "leaves your list",
        "Keep key",
    ):
        assert words in asked


def test_a_deleted_key_is_refused_and_gone_from_every_page(visitor, key, reread):
    assert visitor.post(f"{LIST}/{key.public_id}/delete").status_code in {200, 303}
    assert reread().revoked_at is not None
    assert reread().hidden_at is not None
    for show in ("current", "revoked"):
        assert f"row-{key.public_id}" not in visitor.get(f"{LIST}?show={show}").text
    assert visitor.get(f"{LIST}/{key.public_id}").status_code == 404


def test_deleting_twice_is_as_good_as_once(visitor, key, reread):
    for _ in range(2):
        assert visitor.post(f"{LIST}/{key.public_id}/delete").status_code in {200, 303}


def test_a_revoked_key_can_be_taken_off_the_list(visitor, key, session, as_alice, reread):
    lifecycle.revoke(session, as_alice, session.get(Key, key.id))
    session.commit()
    assert f"{key.public_id}/delete" in visitor.get(f"{LIST}?show=revoked").text
    visitor.post(f"{LIST}/{key.public_id}/delete")
    assert reread().hidden_at is not None


def test_the_audit_of_a_deleted_key_stays(visitor, key, session):
    from portal.audit import trail

    visitor.post(f"{LIST}/{key.public_id}/delete")
    session.rollback()
    assert [entry.event for entry in trail.history(session, key.public_id)][:2] == ["key:deleted", "key:revoked"]


def test_deleting_comes_back_to_the_list_that_the_person_was_on(visit, alice, key):
    answer = visit(alice).post(f"{LIST}/{key.public_id}/delete?q=ci&sort=name")
    assert answer.location == f"{LIST}?q=ci&sort=name"
