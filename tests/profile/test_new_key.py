"""Making a key on the page."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.keys.models import Key
from portal.keys.token import PATTERN, Token
from portal.site.settings import SiteSettings
from tests.support.visitor import token_in

LIST = "/profile/api-credentials"
A_TOKEN = str(Token("ptl_7Hq2Wd9xKm", "NotARealSecretJustAPicture0000"))


def keys(session):
    session.expire_all()
    return session.scalars(select(Key).order_by(Key.id)).all()


def test_the_notice_shows_the_new_token(visitor, session):
    answer = visitor.generate("nightly")
    assert answer.status_code == 201
    assert Token.parse(token_in(answer)).public_id == keys(session)[0].public_id
    assert "Your new key “nightly”" in answer.text


def test_the_list_beside_the_notice_has_the_new_key(visitor):
    assert "<bdi>nightly</bdi>" in visitor.generate("nightly").text


def test_the_token_is_in_no_other_answer(visitor):
    token = token_in(visitor.generate())
    for path in (LIST, f"{LIST}/new", f"{LIST}/none", "/profile", "/profile/sessions", "/help/api-keys"):
        assert token.rpartition("_")[2] not in visitor.get(path).text


def test_the_token_is_in_no_header_and_no_cookie(visitor):
    answer = visitor.generate()
    secret = token_in(answer).rpartition("_")[2]
    assert secret not in str(answer.headers)
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_form_sent_again_makes_no_second_key_and_says_so(visitor, session):
    form_id = visitor.form_id()
    token = token_in(visitor.generate("ci", form_id=form_id))
    again = visitor.generate("ci", form_id=form_id)
    assert again.status_code == 409
    assert "This key was already made" in again.text
    assert token.rpartition("_")[2] not in again.text
    assert len(keys(session)) == 1


def test_a_form_of_another_person_makes_nothing(visitor, visit, bob, session):
    form_id = visit(bob).form_id()
    visit(bob).generate("bobs", form_id=form_id)
    assert visitor.generate("ci", form_id=form_id).status_code == 422
    assert len(keys(session)) == 1


BAD_NAMES = [
    ("", "Give the key a name"), ("   ", "Give the key a name"), ("x" * 65, "at most 64 characters"),
    ("a\u202eb", "cannot be seen"), ("a\x00b", "cannot be seen"), (A_TOKEN, "This is a key, not a name"),
]  # fmt: skip


def test_a_bad_name_comes_back_with_a_sentence(visitor, session, subtests):
    for name, sentence in BAD_NAMES:
        with subtests.test(name):
            answer = visitor.generate(name)
            assert answer.status_code == 422
            assert sentence in answer.text
            assert keys(session) == []


def test_a_name_of_exactly_64_characters_is_taken(visitor, session):
    assert visitor.generate("x" * 64).status_code == 201


def test_a_taken_name_names_the_key_that_has_it(visitor, issue, alice):
    key, _ = issue(alice, "ci")
    answer = visitor.generate("CI")
    assert answer.status_code == 422
    assert f"The key {key.public_id} already has this name" in answer.text


def test_what_was_typed_is_kept_when_the_form_comes_back(visitor):
    answer = visitor.generate("x" * 65, expiry="30")
    assert 'value="' + "x" * 65 in answer.text
    assert re.search(r'value="30"\s+checked', answer.text)


def test_a_key_lives_for_ninety_days_when_nothing_else_is_chosen(visitor, session):
    form = visitor.get(f"{LIST}/new").text
    assert re.search(r'value="90"\s+checked', form)


@pytest.mark.parametrize("days", [7, 30, 60, 90, 180, 365])
def test_a_preset_ends_the_key_at_the_end_of_its_day(visitor, session, days):
    visitor.generate(expiry=str(days))
    ends = keys(session)[0].expires_at
    assert ends.date() == (clock.now() + timedelta(days=days)).date()
    assert (ends.hour, ends.minute, ends.second) == (23, 59, 59)


@pytest.mark.parametrize(("days", "status"), [(-1, 422), (0, 201), (1, 201), (366, 201), (367, 422)])
def test_another_date_lies_between_today_and_the_ceiling(visitor, days, status):
    date = (clock.now() + timedelta(days=days)).date()
    assert visitor.generate(expiry="day", day=str(date)).status_code == status


NONSENSE = [
    {"expiry": "day"}, {"expiry": "day", "day": "soon"}, {"expiry": "day", "day": "99999-01-01"}, {"expiry": "8"},
    {"expiry": "never"}, {"expiry": ""}, {"form_id": ""}, {"form_id": "x" * 65},
]  # fmt: skip


def test_nonsense_in_the_form_makes_no_key(visitor, session, subtests):
    for fields in NONSENSE:
        with subtests.test(str(fields)):
            assert visitor.generate(**fields).status_code == 422
            assert keys(session) == []


def test_fields_that_the_form_does_not_have_change_nothing(visitor, session, alice, bob):
    answer = visitor.generate(owner_id=bob.id, public_id="ptl_mine", revoked_at=1, policy="x")
    key = keys(session)[0]
    assert (answer.status_code, key.owner_id, key.kind, key.policy) == (
        201,
        alice.id,
        "standard",
        SiteSettings().new_policy().to_text(),
    )


def test_without_a_csrf_token_nothing_is_made(visitor, session):
    answer = visitor.client.post(LIST, data={"name": "ci", "expiry": "90", "form_id": "x"}, headers=visitor.headers)
    assert answer.status_code == 400
    assert keys(session) == []


def test_the_secret_is_hidden_from_sight_but_not_from_a_browser_without_scripting(visitor):
    answer = visitor.generate()
    assert 'data-shown="false"' in answer.text
    assert PATTERN.search(re.sub(r"<[^>]+>", "", answer.text))


def test_a_browser_that_was_signed_out_a_moment_ago_makes_no_key(visitor, session, alice, as_alice, monkeypatch):
    from portal.keys import sign_outs
    from portal.profile import new_key
    from portal.web.unit_of_work import writing

    def sign_out_meanwhile():
        sign_outs.end_all(session, as_alice, alice)
        session.commit()
        return writing()

    visitor.get(LIST)
    monkeypatch.setattr(new_key, "writing", sign_out_meanwhile)
    answer = visitor.generate("late")
    assert "/sign-in" in answer.headers.get("Location", answer.headers.get("HX-Redirect", ""))
    session.rollback()
    assert session.query(Key).filter_by(name="late").count() == 0
