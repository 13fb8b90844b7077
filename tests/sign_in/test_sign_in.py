import re

import pytest
from sqlalchemy import select

from portal.accounts import passwords
from portal.accounts.gate import Gate
from portal.accounts.models import SignIn
from portal.accounts.throttle import PER_PAIR
from portal.audit.events import Event
from portal.audit.models import Audit
from tests import cast
from tests.support.visitor import Visitor


@pytest.fixture
def visitor(client):
    return Visitor(client)


def session_cookie(client) -> str | None:
    cookie = client.get_cookie("portal_session")
    return None if cookie is None else cookie.value


def sign_ins(session) -> list[SignIn]:
    session.expire_all()
    return list(session.scalars(select(SignIn).order_by(SignIn.id)))


def events(session) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(Audit.event).order_by(Audit.seq)))


def test_the_right_password_opens_the_api_credentials(visitor, alice):
    answer = visitor.try_password(alice.email)
    assert (answer.status_code, answer.location) == (303, "/profile/api-credentials")


def test_the_email_may_be_written_in_another_case(visitor, alice):
    assert visitor.try_password(" ALICE@Example.ORG ").status_code == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (cast.ALICE, "wrong"), ("nobody@example.org", cast.PASSWORD), ("", ""), ("no address", "x"), ("\x00", "\x00"),
        ("x" * 10_000, "y" * 10_000), ("' OR 1=1 --", "x"), ("\u202ealice@example.org", "é" * 100),
    ],
)  # fmt: skip
def test_any_string_is_taken_and_every_wrong_one_is_told_the_same(visitor, alice, email, password):
    answer = visitor.try_password(email, password)
    assert answer.status_code == 422
    assert "E-mail or password is wrong." in answer.text


def test_a_password_is_never_written_back_into_the_page(visitor, alice):
    assert "s3cret-typo" not in visitor.try_password(alice.email, "s3cret-typo").text


def test_signing_in_leads_to_the_page_that_was_asked_for(visitor, alice):
    assert visitor.try_password(alice.email, then="/profile/sessions").location == "/profile/sessions"


@pytest.mark.parametrize("then", ["/%09/evil.example", "%20//evil.example", "//evil.example", "https://evil.example"])
def test_signing_in_leads_nowhere_else(visitor, alice, then):
    assert visitor.try_password(alice.email, then=then).location == "/profile/api-credentials"


def test_who_is_signed_in_sees_no_form(visit, alice):
    assert visit(alice).get("/sign-in?next=/profile").location == "/profile"


def test_a_sign_in_gets_a_session_of_its_own(visitor, client, alice):
    visitor.get("/sign-in")
    before, csrf_before = session_cookie(client), visitor.csrf_token
    visitor.try_password(alice.email)
    assert session_cookie(client) != before
    assert client.post("/sign-out", data={"csrf_token": csrf_before}).status_code == 400


def test_signing_in_again_in_one_browser_ends_the_sign_in_before(visitor, client, alice, bob, session):
    client.get("/sign-in")
    visitor.sign_in(alice)
    visitor.post("/sign-in", email=bob.email, password=cast.PASSWORD)
    first, second = sign_ins(session)
    assert (first.person_id, first.ended_at is None) == (alice.id, False)
    assert (second.person_id, second.ended_at is None) == (bob.id, True)
    assert bob.email in visitor.get("/profile").text


def test_a_sign_in_that_is_refused_leaves_the_one_before_open(visitor, alice):
    visitor.sign_in(alice)
    visitor.post("/sign-in", email=alice.email, password="wrong")
    assert visitor.get("/profile").status_code == 200


def test_a_session_that_was_planted_is_worth_nothing(app, visitor, client, alice):
    with client.session_transaction() as planted:
        planted["_user_id"] = "chosen-by-a-stranger"
    visitor.try_password(alice.email)
    stranger = app.test_client()
    with stranger.session_transaction() as cookie:
        cookie["_user_id"] = "chosen-by-a-stranger"
    assert stranger.get("/profile").status_code == 303


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app, visitor, client, alice):
    visitor.sign_in(alice)
    copied = session_cookie(client)
    visitor.post("/sign-out")
    thief = app.test_client()
    thief.set_cookie("portal_session", copied)
    assert thief.get("/profile").location.startswith("/sign-in")


def test_signing_out_is_one_audit_entry_and_ends_the_row(visitor, alice, session):
    visitor.sign_in(alice)
    answer = visitor.post("/sign-out")
    assert answer.location == "/sign-in"
    assert events(session)[-2:] == [Event.SIGNED_IN, Event.SIGNED_OUT]
    assert sign_ins(session)[0].ended_at is not None


def test_signing_out_twice_is_as_good_as_once(visitor, alice):
    visitor.sign_in(alice)
    visitor.post("/sign-out")
    visitor.get("/sign-in")
    assert visitor.post("/sign-out").location == "/sign-in"


def test_signing_out_needs_the_token_of_the_session(visitor, alice):
    visitor.sign_in(alice)
    assert visitor.client.post("/sign-out").status_code == 400


def test_after_ten_wrong_passwords_the_next_waits(visitor, alice):
    for _ in range(PER_PAIR):
        visitor.try_password(alice.email, "wrong")
    answer = visitor.try_password(alice.email)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert re.search(r"Too many wrong passwords. Try again in (a minute|\d minutes)\.", answer.text)
    assert "aria-invalid" not in answer.text
    assert "<title>Error" in answer.text


def test_a_try_that_must_wait_compares_no_password(visitor, alice, monkeypatch):
    from portal.accounts import passwords

    for _ in range(PER_PAIR):
        visitor.try_password(alice.email, "wrong")
    monkeypatch.setattr(passwords, "matches", lambda *_: pytest.fail("a password was compared"))
    assert visitor.try_password(alice.email).status_code == 429


def test_the_owner_in_a_known_browser_still_gets_in(app, visitor, alice):
    visitor.sign_in(alice)
    visitor.post("/sign-out")
    stranger = Visitor(app.test_client())
    for _ in range(PER_PAIR):
        stranger.try_password(alice.email, "wrong")
    assert stranger.try_password(alice.email).status_code == 429
    assert visitor.try_password(alice.email).status_code == 303


def test_a_known_browser_that_was_made_up_is_not_known(app, alice):
    stranger = Visitor(app.test_client())
    stranger.client.set_cookie("portal_browser", "IjEueCI.forged")
    for _ in range(PER_PAIR):
        stranger.try_password(alice.email, "wrong")
    assert stranger.try_password(alice.email).status_code == 429


def test_a_try_that_nobody_had_time_to_compare_does_not_count(visitor, alice, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "GATE", Gate(at_once=1, waiting=-1))
        answers = [visitor.try_password(alice.email) for _ in range(PER_PAIR + 5)]
    assert {answer.status_code for answer in answers} == {503}
    assert all(answer.headers["Retry-After"] for answer in answers)
    assert visitor.try_password(alice.email).status_code == 303


def test_a_form_whose_session_is_gone_comes_back_with_a_word(client, alice):
    answer = client.post("/sign-in?next=/profile", data={"email": alice.email, "password": cast.PASSWORD})
    assert answer.location == "/sign-in?next=%2Fprofile&stale=1"
    assert "keeps no cookies" in client.get(answer.location).text


ENDED = "Your session has ended. Sign in to go on; nothing was changed."


@pytest.mark.parametrize("htmx", [False, True])
def test_who_was_signed_out_elsewhere_is_told_so(visit, alice, htmx):
    here, elsewhere = visit(alice, htmx=htmx), visit(alice)
    elsewhere.post("/profile/sessions/end-all")
    answer = here.post("/profile/password", current="x", new="y")
    assert ENDED in here.get(answer.headers.get("Location") or answer.headers["HX-Redirect"]).text


def test_who_signed_out_or_never_was_in_is_told_nothing_of_a_session(visit, client, alice):
    visitor = visit(alice)
    visitor.post("/sign-out")
    assert ENDED not in visitor.get("/sign-in").text
    assert ENDED not in client.get("/sign-in").text
