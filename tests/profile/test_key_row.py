"""Renaming and revoking on the page."""

import re

import pytest
from sqlalchemy import select

from portal.keys import lifecycle
from portal.keys.models import Key

LIST = "/profile/api-credentials"


def test_editing_puts_the_name_into_a_form_in_its_row(visitor, key):
    row = visitor.get(f"{LIST}?edit={key.public_id}").text
    assert f'action="{LIST}/{key.public_id}/rename"' in row
    assert re.search(r'name="name"\s+value="ci"', row)


def test_a_key_that_was_revoked_in_another_tab_is_not_edited_and_that_is_said(visitor, key, session, as_alice):
    lifecycle.revoke(session, as_alice, key)
    session.commit()
    answer = visitor.get(f"{LIST}?edit={key.public_id}")
    assert "There is nothing to rename: this key is revoked" in answer.text
    assert f"{key.public_id}/rename" not in answer.text


def test_renaming_changes_the_name(visitor, key, reread):
    answer = visitor.post(f"{LIST}/{key.public_id}/rename", name="nightly", version=1)
    assert answer.status_code in {200, 303}
    assert reread().name == "nightly"


@pytest.mark.parametrize(
    ("name", "sentence"), [("", "Give the key a name"), ("x" * 65, "at most 64"), ("taken", "already has this name")]
)
def test_a_refused_name_comes_back_with_a_sentence_and_what_was_typed(visitor, key, issue, alice, name, sentence):
    issue(alice, "taken")
    answer = visitor.post(f"{LIST}/{key.public_id}/rename", name=name, version=1)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert re.search(rf'name="name"\s+value="{name}"', answer.text)


def test_of_two_tabs_the_second_rename_is_told_that_the_first_won(visitor, key, reread):
    visitor.post(f"{LIST}/{key.public_id}/rename", name="first", version=1)
    answer = visitor.post(f"{LIST}/{key.public_id}/rename", name="second", version=1)
    assert (answer.status_code, reread().name) == (422, "first")
    assert "was changed elsewhere a moment ago" in answer.text


@pytest.mark.parametrize("version", ["9" * 40, "-1", "2", "x", "", "1.5"])
def test_another_version_than_the_present_one_changes_nothing(visitor, key, reread, version):
    assert visitor.post(f"{LIST}/{key.public_id}/rename", name="other", version=version).status_code == 422
    assert reread().name == "ci"


@pytest.mark.parametrize("away", ["", "?q=zzz", "?show=revoked"])
def test_a_refusal_is_said_also_when_the_row_is_no_longer_in_the_list(visitor, key, session, as_alice, away):
    lifecycle.revoke(session, as_alice, key)
    session.commit()
    answer = visitor.post(f"{LIST}/{key.public_id}/rename{away}", name="other", version=2)
    assert answer.status_code == 422
    assert "This key was revoked; it stays as it is." in answer.text


def test_the_question_names_the_key_its_id_its_last_use_and_the_consequence(visitor, key):
    question = visitor.get(f"{LIST}/{key.public_id}/revoke").text
    for text in ("ci", key.public_id, "never used", "refused at its next request", "Keep key"):
        assert text in question


def test_asking_revokes_nothing(visitor, key, reread):
    visitor.get(f"{LIST}/{key.public_id}/revoke")
    assert reread().revoked_at is None


def test_revoking_stops_the_key(visitor, key, reread, alice):
    answer = visitor.post(f"{LIST}/{key.public_id}/revoke")
    assert answer.status_code in {200, 303}
    assert reread().revoked_at is not None
    assert reread().revoked_by == alice.email


def test_revoking_twice_is_as_good_as_once(visitor, key, reread):
    visitor.post(f"{LIST}/{key.public_id}/revoke")
    first = reread().revoked_at
    assert visitor.post(f"{LIST}/{key.public_id}/revoke").status_code in {200, 303}
    assert reread().revoked_at == first


def test_revoking_comes_back_to_the_list_that_the_person_was_on(visit, alice, key):
    answer = visit(alice).post(f"{LIST}/{key.public_id}/revoke?q=ci&sort=name")
    assert answer.location == f"{LIST}?q=ci&sort=name"


ACTS = [("get", "/revoke"), ("post", "/revoke"), ("post", "/rename"), ("post", "/download/json")]


@pytest.mark.parametrize(("method", "act"), ACTS)
def test_another_persons_key_answers_as_one_that_never_was(visit, bob, alice, issue, session, method, act):
    theirs, token = issue(alice, "secret")
    visitor = visit(bob)
    answers = []
    for public_id in (theirs.public_id, "ptl_0000000000"):
        call = visitor.get if method == "get" else lambda url: visitor.post(url, name="x", token=token)
        answers.append(call(f"{LIST}/{public_id}{act}"))
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    volatile = {"X-Request-Id", "Date", "Content-Security-Policy"}  # the last holds a nonce
    assert [h for h in answers[0].headers if h[0] not in volatile] == [
        h for h in answers[1].headers if h[0] not in volatile
    ]
    session.expire_all()
    assert session.scalars(select(Key)).one().revoked_at is None


@pytest.mark.parametrize("public_id", ["ptl_x%00", "%ff", "..%2f..", "ptl_" + "x" * 3000, "%F0%9F%98%80", "'--"])
def test_nonsense_for_a_public_id_is_not_found(visit, alice, public_id):
    assert visit(alice).get(f"{LIST}/{public_id}/revoke").status_code == 404


def test_a_revoked_key_has_no_more_buttons(visit, alice, key, session, as_alice):
    lifecycle.revoke(session, as_alice, key)
    session.commit()
    assert "Edit API key" not in visit(alice).get(f"{LIST}?show=revoked").text
