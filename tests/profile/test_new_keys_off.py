"""Where an admin has switched off that new keys are made."""

import pytest
from sqlalchemy import select

from portal import clock
from portal.audit.events import SHELL
from portal.keys import default_key
from portal.keys.models import Key
from portal.site import change
from portal.site.settings import DAY, SiteSettings
from tests.profile.conftest import *  # noqa: F403
from tests.support.visitor import LIST

SENTENCE = "New API keys cannot be made here at present"


@pytest.fixture
def off(session):
    change.change(session, SHELL, "new_keys", "no")
    session.commit()


@pytest.fixture
def number_of_keys(session):
    def count():
        session.rollback()
        return len(session.scalars(select(Key.id)).all())

    return count


def test_the_page_has_no_button_to_make_one_and_says_why(visit, alice, issue, session, off):
    issue(alice, "old", expires_at=clock.now() - DAY)
    default_key.reserve(session, SHELL, alice, prefix="ptl", site=SiteSettings())
    session.commit()
    page = visit(alice).get(LIST).text
    assert SENTENCE in page
    for button in ("Generate API key", "Generate session key", "Get key<", "Renew<"):
        assert button not in page


def test_an_empty_list_says_so_too(visit, alice, off):
    page = visit(alice).get(LIST).text
    assert SENTENCE in page
    assert "Generate API key" not in page


def test_a_form_that_was_open_makes_no_key(visitor, session, number_of_keys):
    form_id = visitor.form_id()
    change.change(session, SHELL, "new_keys", "no")
    session.commit()
    answer = visitor.post(LIST, name="ci", form_id=form_id, expiry="90", resources="algo://*", native="y", data="none")
    visitor.headers = {}
    assert answer.status_code in {200, 303}
    assert SENTENCE in visitor.get(LIST).text
    assert number_of_keys() == 0


def test_nobody_gets_to_the_form(visitor, off):
    answer = visitor.get(f"{LIST}/new")
    assert LIST in (answer.headers.get("Location") or answer.headers["HX-Redirect"])


def test_neither_get_key_nor_a_session_key_makes_one(visitor, alice, session, number_of_keys, off):
    key = default_key.reserve(session, SHELL, alice, prefix="ptl", site=SiteSettings())
    session.commit()
    visitor.post(f"{LIST}/{key.public_id}/secret", form_id="a" * 20)
    visitor.post(f"{LIST}/session-key", form_id="b" * 20)
    session.rollback()
    assert number_of_keys() == 1
    assert session.get(Key, key.id, populate_existing=True).secret_made_at is None


def test_living_keys_are_rotated(visit, alice, key, off):
    visitor = visit(alice)
    answer = visitor.send_form(f"{LIST}/{key.public_id}/rotate", f"{LIST}/{key.public_id}/rotate")
    assert answer.status_code == 201


def test_a_new_person_finds_no_default_key(session, alice):
    assert default_key.reserve(session, SHELL, alice, prefix="ptl", site=SiteSettings(new_keys=False)) is None


def test_a_person_to_whom_an_admin_gave_a_default_key_gets_no_second_one(session, alice, issue):
    issue(alice, "default-key")
    assert default_key.reserve(session, SHELL, alice, prefix="ptl", site=SiteSettings()) is None
