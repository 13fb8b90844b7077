"""Rotating a key on the page: the question, the one answer with the new secret, and the end of the overlap."""

import html
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.keys import lifecycle, rotation
from portal.keys.finder import by_token
from portal.keys.models import Key, KeyLastUsed, KeySecret, SecretLastUsed
from portal.keys.token import PATTERN, Token
from portal.site.settings import DAY, SiteSettings
from tests.support.visitor import field_in, token_in

LIST = "/profile/api-credentials"


@pytest.fixture
def rotate(visitor, key):
    """Open the question and send it, with the overlap that is named."""

    def do(overlap="24h", **fields):
        form = visitor.get(f"{LIST}/{key.public_id}/rotate")
        sent = {
            "version": field_in(form, "version"),
            "form_id": field_in(form, "form_id"),
            "overlap": overlap,
            **fields,
        }
        return visitor.post(f"{LIST}/{key.public_id}/rotate", **sent)

    return do


@pytest.fixture
def secrets(session, key):
    def read():
        session.rollback()
        session.expire_all()
        found = select(KeySecret).where(KeySecret.key_id == key.id).order_by(KeySecret.made_at)
        return session.scalars(found).all()

    return read


def text_of(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_the_question_offers_each_overlap_with_its_end_and_says_what_now_can_do(visitor, key):
    asked = text_of(visitor.get(f"{LIST}/{key.public_id}/rotate"))
    for words in ("ci", key.public_id, "1 hour", "24 hours", "7 days", "Until a date", "Regenerate", "rotate again"):
        assert words in asked


def test_asking_rotates_nothing(visitor, key, secrets):
    visitor.get(f"{LIST}/{key.public_id}/rotate")
    assert len(secrets()) == 1


def test_the_answer_shows_the_new_secret_of_the_same_key(rotate, key, session, peppers):
    answer = rotate()
    assert answer.status_code == 201
    assert Token.parse(token_in(answer)).public_id == key.public_id
    assert by_token(session, peppers, token_in(answer)).id == key.id
    assert "The new secret of “ci”" in text_of(answer)
    assert "The old secret works until" in text_of(answer)


def test_the_new_secret_is_in_no_other_answer(rotate, visitor, key):
    secret = token_in(rotate()).rpartition("_")[2]
    for path in (LIST, f"{LIST}/{key.public_id}", f"{LIST}/{key.public_id}/rotate", "/profile"):
        assert secret not in visitor.get(path).text


@pytest.mark.parametrize(("overlap", "span"), [("1h", 1), ("24h", 24), ("7d", 7 * 24)])
def test_the_old_secret_works_on_for_as_long_as_was_chosen(rotate, secrets, overlap, span):
    rotate(overlap)
    assert abs(secrets()[0].ends_at - clock.now() - timedelta(hours=span)) < timedelta(seconds=20)


def test_regenerating_stops_the_old_secret_at_once(rotate, secrets):
    assert "The old secret is refused from now on." in text_of(rotate("now"))
    assert secrets()[0].ends_at <= clock.now()


def test_a_day_counts_to_its_end(rotate, secrets):
    day = (clock.now() + 3 * DAY).date()
    rotate("day", day=str(day))
    assert secrets()[0].ends_at.isoformat().startswith(f"{day}T23:59:59")


@pytest.mark.parametrize(
    "fields",
    [{"overlap": "day"}, {"overlap": "day", "day": "soon"}, {"overlap": "2h"}, {"overlap": ""}, {"version": "x"},
     {"version": ""}, {"form_id": ""}, {"form_id": "x" * 65}, {"overlap": "day", "day": "1999-12-31"},
     {"overlap": "day", "day": "2999-01-01"}],
)  # fmt: skip
def test_nonsense_rotates_nothing(rotate, secrets, fields):
    assert rotate(**fields).status_code == 422
    assert len(secrets()) == 1


def test_a_day_after_the_keys_own_end_comes_back_with_a_sentence(rotate):
    answer = rotate("day", day=str((clock.now() + 91 * DAY).date()))
    assert answer.status_code == 422
    assert "the key ends then" in text_of(answer)


def test_no_overlap_is_offered_that_would_outlive_the_key(visitor, key, session):
    session.get(Key, key.id).expires_at = clock.now() + timedelta(hours=5)
    session.commit()
    form = visitor.get(f"{LIST}/{key.public_id}/rotate").text
    assert re.findall(r'name="overlap"\s+value="(\w+)"', form) == ["1h", "day", "now"]
    assert re.search(r'value="1h"\s+checked', form)


def test_the_form_sent_twice_rotates_once_and_says_so(visitor, key, secrets):
    form = visitor.get(f"{LIST}/{key.public_id}/rotate")
    fields = {"version": field_in(form, "version"), "form_id": field_in(form, "form_id"), "overlap": "24h"}
    visitor.post(f"{LIST}/{key.public_id}/rotate", **fields)
    again = visitor.post(f"{LIST}/{key.public_id}/rotate", **fields)
    assert again.status_code == 409
    assert "This secret was already made" in again.text
    assert "nothing is lost: the old secret works on" in text_of(again)
    assert not PATTERN.search(re.sub(r"<[^>]+>", "", again.text))
    assert len(secrets()) == 2


def test_the_page_of_another_tab_is_told_that_the_key_has_changed(visitor, key, rotate, secrets):
    answer = rotate(version="0")
    assert answer.status_code == 422
    assert "was changed elsewhere" in text_of(answer)
    assert len(secrets()) == 1


def test_the_dialog_that_comes_back_can_be_sent_again(visitor, key, rotate, secrets):
    again = rotate(version="0")
    fields = {"version": field_in(again, "version"), "form_id": field_in(again, "form_id"), "overlap": "24h"}
    assert visitor.post(f"{LIST}/{key.public_id}/rotate", **fields).status_code == 201


def test_within_htmx_a_refused_form_takes_the_place_of_the_dialog(visit, alice, key):
    answer = visit(alice, htmx=True).post(f"{LIST}/{key.public_id}/rotate", overlap="nonsense")
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#dialog")


def test_the_files_of_the_notice_hold_the_new_token(rotate, visitor, key):
    token = token_in(rotate())
    answer = visitor.post(f"{LIST}/{key.public_id}/download/json", token=token)
    assert json.loads(answer.text)["key"] == token


@pytest.mark.parametrize("state", ["revoked", "expired"])
def test_a_key_that_is_over_says_why_it_is_not_rotated(rotate, key, session, as_alice, state, secrets):
    found = session.get(Key, key.id)
    if state == "revoked":
        lifecycle.revoke(session, as_alice, found)
    else:
        found.expires_at = clock.now() - DAY
    session.commit()
    answer = rotate("now")
    assert answer.status_code == 422
    assert {"revoked": "was revoked", "expired": "has expired"}[state] in text_of(answer)
    assert len(secrets()) == 1


@pytest.fixture
def in_overlap(key, session, as_alice, peppers):
    found = session.get(Key, key.id)
    session.merge(KeyLastUsed(used=True, key_id=key.id, at=clock.now() - timedelta(minutes=3), address="10.0.0.7"))
    session.commit()
    session.expire_all()
    ends = clock.now() + timedelta(hours=23)
    rotation.rotate(session, as_alice, found, ends, peppers=peppers, site=SiteSettings())
    session.commit()
    return rotation.overlap(session, found)


def use(session, one, calls=1, ago=1):
    session.rollback()  # what it has read may be old
    row = session.get(SecretLastUsed, one.secret.digest)
    if row is None:
        row = SecretLastUsed(digest=one.secret.digest, key_id=one.secret.key_id, calls=0)
        session.add(row)
    row.at, row.address, row.calls = clock.now() - timedelta(minutes=ago), "10.0.0.7", calls
    session.commit()


def test_the_page_shows_which_secret_is_in_use(visit, alice, key, session, in_overlap):
    visitor = visit(alice)
    page = lambda: text_of(visitor.get(f"{LIST}/{key.public_id}"))  # noqa: E731
    assert "Two secrets work" in page()
    assert "Last used 3 minutes ago from 10.0.0.7" in page()
    assert "Stops in 23 hours" in page()
    use(session, in_overlap.old, calls=214, ago=3)
    assert "The old secret is still in use" in page()
    assert "214 calls since the rotation" in page()
    assert "refuses the program at 10.0.0.7" in page()
    use(session, in_overlap.new, ago=1)
    assert "Both secrets were used, the new one last" in page()


def test_a_silent_old_secret_may_go(visit, alice, key, session, in_overlap):
    use(session, in_overlap.new)
    page = text_of(visit(alice).get(f"{LIST}/{key.public_id}"))
    assert "You can end the overlap." in page
    assert "Nothing has used the old secret since the rotation." in page


def test_ending_the_overlap_stops_the_old_secret_and_the_section_goes(visitor, key, in_overlap, secrets):
    visitor.get(f"{LIST}/{key.public_id}")
    assert visitor.post(f"{LIST}/{key.public_id}/end-overlap").status_code in {200, 303}
    assert secrets()[0].ends_at <= clock.now()
    page = visitor.get(f"{LIST}/{key.public_id}").text
    assert "End overlap now" not in page
    assert "Overlap ended; the old secret stopped" in page


def test_in_the_list_a_rotation_is_a_note_and_no_status(visitor, key, in_overlap):
    row = text_of(visitor.get(LIST))
    assert "Old secret ends in 23 hours" in row
    assert "Active" in row


def test_the_question_during_an_overlap_says_which_secret_ends_at_once(visitor, key, session, in_overlap):
    asked = lambda: text_of(visitor.get(f"{LIST}/{key.public_id}/rotate"))  # noqa: E731
    assert "The newer one was not used yet: it ends at once" in asked()
    use(session, in_overlap.new)
    assert "the older one ends at once" in asked()


def test_the_history_tells_of_the_rotation(visit, alice, key, in_overlap):
    assert "Rotated; the old secret works until" in visit(alice).get(f"{LIST}/{key.public_id}").text


@pytest.mark.parametrize(
    ("method", "act"),
    [("get", "rotate"), ("post", "rotate"), ("post", "end-overlap"), ("get", "delete"), ("post", "delete"),
     ("post", "secret")],
)  # fmt: skip
def test_another_persons_key_answers_as_one_that_never_was(visit, bob, key, method, act):
    visitor = visit(bob)
    if method == "get":
        answers = [visitor.get(f"{LIST}/{public_id}/{act}") for public_id in (key.public_id, "ptl_0000000000")]
    else:
        fields = {"form_id": "f", "version": "1", "overlap": "now"}
        answers = [visitor.post(f"{LIST}/{name}/{act}", **fields) for name in (key.public_id, "ptl_0000000000")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
