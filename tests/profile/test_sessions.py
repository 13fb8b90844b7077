"""The sign-ins of a person."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts.models import SignIn
from portal.audit.events import Event
from portal.audit.models import Audit
from portal.web.browsers import describe

LIST = "/profile/sessions"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


def ids(session, person) -> list[int]:
    return list(session.scalars(select(SignIn.id).where(SignIn.person_id == person.id).order_by(SignIn.id)))


def test_the_list_has_every_browser_with_its_address_and_marks_this_one(app, visit, alice):
    visit(alice)
    page = visit(alice).get(LIST).text
    assert page.count('scope="row"') == 2
    assert page.count("This browser<") == 1
    assert "127.0.0.1" in page


def test_each_button_names_another_sign_in(visit, alice, session):
    visit(alice)
    here = visit(alice)
    first = session.scalars(select(SignIn).order_by(SignIn.id)).first()
    first.created_at -= timedelta(hours=1)
    session.commit()
    names = re.findall(r"Sign out<span[^>]*>([^<]+)</span>", here.get(LIST).text)
    assert len(set(names)) == len(names) == 2


def test_signing_out_everywhere_says_that_this_browser_is_meant_too(visit, alice):
    page = visit(alice).get(LIST).text
    assert "This browser is signed out too." in page
    assert "Sign out of any you do not recognise" in page


def test_the_list_takes_no_focus_before_anything_was_done(visit, alice):
    assert "data-focus" not in visit(alice, htmx=True).get(LIST).text


def test_the_list_has_nobody_elses(visit, alice, bob):
    visit(bob)
    assert visit(alice).get(LIST).text.count('scope="row"') == 1


def test_ending_one_signs_that_browser_out(visit, alice, session):
    there, here = visit(alice), visit(alice)
    there_id, _here_id = ids(session, alice)
    assert here.post(f"{LIST}/{there_id}/end").location == LIST
    assert there.get("/profile").status_code == 303
    assert here.get("/profile").status_code == 200


def test_inside_htmx_ending_one_answers_with_the_list_alone(visit, alice, session):
    visit(alice)
    here = visit(alice, htmx=True)
    answer = here.post(f"{LIST}/{ids(session, alice)[0]}/end")
    assert answer.text.startswith('<div id="sign-ins"')
    assert answer.text.count('scope="row"') == 1
    assert "data-focus" in answer.text
    assert answer.headers["HX-Trigger"] == '{"portal:announce": "That browser is signed out."}'


def test_ending_this_one_is_signing_out(visit, alice, session):
    here = visit(alice)
    assert here.post(f"{LIST}/{ids(session, alice)[0]}/end").location == "/sign-in"
    assert here.get("/profile").status_code == 303


def test_ending_one_twice_is_on_record_once(visit, alice, session):
    visit(alice)
    here = visit(alice)
    there_id = ids(session, alice)[0]
    here.post(f"{LIST}/{there_id}/end")
    here.post(f"{LIST}/{there_id}/end")
    session.rollback()
    assert session.scalars(select(Audit.event)).all().count(Event.SESSION_ENDED) == 1


def test_signing_out_everywhere_ends_all_of_them(visit, alice, bob):
    browsers = [visit(alice) for _ in range(3)]
    bobs = visit(bob)
    assert browsers[0].post(f"{LIST}/end-all").location == "/sign-in"
    assert [browser.get("/profile").status_code for browser in browsers] == [303, 303, 303]
    assert bobs.get("/profile").status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (CHROME, "Chrome on Linux"),
        (CHROME.replace("X11; Linux x86_64", "Linux; Android 16"), "Chrome on Android"),
        (CHROME + " Edg/156.0", "Edge on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit Version/26.0 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown browser"),
        ("<script>", "Unknown browser"),
    ],
)
def test_a_browser_is_told_in_words(app, user_agent, words):
    with app.test_request_context():
        assert describe(user_agent) == words
