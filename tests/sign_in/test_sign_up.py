import pytest

from portal import create_app
from portal.accounts import passwords
from portal.accounts.throttle import SIGN_UPS_PER_ADDRESS
from portal.config import SignUp
from tests.support.visitor import Visitor

PASSWORD = "violet kettle under the stairs"


@pytest.fixture
def visitor(settings):
    app = create_app(settings.model_copy(update={"sign_up": SignUp.OPEN}))
    visitor = Visitor(app.test_client())
    visitor.get("/sign-up")
    return visitor


@pytest.mark.parametrize("how", [SignUp.OFF, SignUp.INVITE])
def test_where_sign_up_is_not_open_there_is_no_such_page(settings, how):
    client = create_app(settings.model_copy(update={"sign_up": how})).test_client()
    assert client.get("/sign-up").data == client.get("/nothing").data
    assert "Sign up" not in client.get("/sign-in").text


def test_who_signs_up_is_signed_in(visitor):
    answer = visitor.post("/sign-up", email="new@example.org", password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/profile/api-credentials")
    assert "new@example.org" in visitor.get("/profile").text


def test_what_was_signed_up_with_signs_in(visitor):
    visitor.post("/sign-up", email="new@example.org", password=PASSWORD)
    visitor.get("/profile")
    visitor.post("/sign-out")
    assert visitor.try_password("NEW@example.org", PASSWORD).status_code == 303


@pytest.mark.parametrize(
    "email", ["", "new", "new@", "@example.org", "a b@example.org", "new@example.org\x00", "x" * 300]
)
def test_what_is_no_email_makes_no_account(visitor, email):
    answer = visitor.post("/sign-up", email=email, password=PASSWORD)
    assert answer.status_code == 422
    assert "This is not an e-mail address." in answer.text


def test_an_email_that_is_taken_makes_no_second_account(visitor, alice):
    answer = visitor.post("/sign-up", email="Alice@Example.org", password=PASSWORD)
    assert answer.status_code == 422
    assert "There is an account with this e-mail already." in answer.text


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "at least 10"), ("short", "at least 10"), ("x" * 129, "at most 128"), ("password1234", "easy to guess"),
        ("new@example.org", "easy to guess"), ("qwertyuiop", "easy to guess"),
    ],
)  # fmt: skip
def test_a_weak_password_is_refused_with_a_reason_and_the_email_kept(visitor, password, sentence):
    answer = visitor.post("/sign-up", email="new@example.org", password=password)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="new@example.org"' in answer.text


def test_nobody_makes_accounts_by_the_hundred(visitor, monkeypatch):
    for number in range(SIGN_UPS_PER_ADDRESS):
        visitor.client.delete_cookie("portal_session")
        visitor.get("/sign-up")
        assert visitor.post("/sign-up", email=f"new{number}@example.org", password=PASSWORD).status_code == 303
    visitor.client.delete_cookie("portal_session")
    visitor.get("/sign-up")
    answer = visitor.post("/sign-up", email="one-more@example.org", password=PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_who_must_wait_has_no_password_weighed(visitor, monkeypatch):
    for _ in range(SIGN_UPS_PER_ADDRESS):
        assert visitor.post("/sign-up", email="new@example.org", password="password1234").status_code == 422
    monkeypatch.setattr(passwords, "weakness", lambda *_: pytest.fail("a password was weighed"))
    assert visitor.post("/sign-up", email="new@example.org", password="password1234").status_code == 429


def test_fields_that_the_form_does_not_have_change_nothing(visitor, session):
    visitor.post("/sign-up", email="new@example.org", password=PASSWORD, is_admin="1", id="7")
    from portal.accounts import membership

    assert membership.by_email(session, "new@example.org").is_admin is False
