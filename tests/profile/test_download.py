"""Downloading a config file with the real key."""

import json

import pytest
from sqlalchemy import func, select

from portal.audit.events import SHELL, Event
from portal.audit.models import Audit
from portal.downloads import added
from portal.downloads.formats import FORMATS
from portal.downloads.render import PLACEHOLDER
from portal.downloads.wanted import WantedFormat
from portal.keys import lifecycle

LIST = "/profile/api-credentials"


def downloads(session):
    return session.scalar(select(func.count()).where(Audit.event == Event.KEY_DOWNLOADED))


@pytest.mark.parametrize(
    ("slug", "file_name"),
    [(slug, entry.file_name) for slug, entry in FORMATS.items()],
)
def test_the_file_holds_the_token_and_is_kept_by_no_cache(visit, alice, issue, session, slug, file_name):
    key, token = issue(alice)
    answer = visit(alice).post(f"{LIST}/{key.public_id}/download/{slug}", token=token)
    assert (answer.status_code, token in answer.text) == (200, True)
    assert answer.headers["Content-Disposition"] == f"attachment; filename={file_name}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert downloads(session) == 1


def test_the_endpoint_in_the_file_is_the_one_on_the_page(visit, alice, issue):
    key, token = issue(alice)
    answer = visit(alice).post(f"{LIST}/{key.public_id}/download/alveo", token=token)
    assert json.loads(answer.text)["base_url"] == "http://127.0.0.1:8000/sample/"


@pytest.mark.parametrize(
    "token", ["", "x", "ptl_7Hq2Wd9xKm_NotARealSecretJustAPicture0000xQ2mZa", "\x00", "é" * 100, "x" * 500]
)
def test_a_token_that_does_not_open_the_key_gives_no_file(visit, alice, issue, session, token):
    key, _ = issue(alice)
    assert visit(alice).post(f"{LIST}/{key.public_id}/download/json", token=token).status_code == 422
    assert downloads(session) == 0


def test_the_token_of_another_key_gives_no_file(visit, alice, issue):
    key, _ = issue(alice, "a")
    _, other = issue(alice, "b")
    assert visit(alice).post(f"{LIST}/{key.public_id}/download/json", token=other).status_code == 422


def test_an_unknown_format_is_not_found(visit, alice, issue):
    key, token = issue(alice)
    assert visit(alice).post(f"{LIST}/{key.public_id}/download/exe", token=token).status_code == 404


def test_a_file_with_the_key_cannot_be_had_by_a_link(visit, alice, issue):
    key, token = issue(alice)
    assert token not in visit(alice).get(f"{LIST}/{key.public_id}/download/json?token={token}").text


@pytest.mark.parametrize("slug", [slug for slug, entry in FORMATS.items() if entry.note])
def test_from_the_keys_page_comes_a_file_with_a_place_for_the_secret(visit, alice, issue, session, slug):
    key, token = issue(alice)
    page = visit(alice).get(f"{LIST}/{key.public_id}").text
    assert f"{LIST}/{key.public_id}/download/{slug}" in page
    answer = visit(alice).get(f"{LIST}/{key.public_id}/download/{slug}")
    assert f"{key.public_id}_{PLACEHOLDER}" in answer.text
    assert token not in answer.text
    assert answer.headers["Content-Disposition"] == f"attachment; filename={FORMATS[slug].file_name}"
    assert downloads(session) == 0


def test_there_is_no_such_file_of_another_person_of_no_format_and_of_one_without_remarks(visit, alice, bob, issue):
    mine, theirs = issue(alice)[0], issue(bob)[0]
    for public_id, slug in ((theirs.public_id, "json"), (mine.public_id, "exe"), (mine.public_id, "systemd")):
        assert visit(alice).get(f"{LIST}/{public_id}/download/{slug}").status_code == 404


def test_a_revoked_key_offers_no_files(visit, alice, issue, session, as_alice):
    key, _ = issue(alice)
    lifecycle.revoke(session, as_alice, key)
    session.commit()
    assert "/download/" not in visit(alice).get(f"{LIST}/{key.public_id}").text


def test_a_format_that_an_admin_added_is_offered_with_what_is_said_of_it(visit, alice, issue, session):
    wanted = WantedFormat("mine", "mine.cfg", "Put it <anywhere>.", "json", "${note}key = ${token}\n")
    assert added.add(session, SHELL, wanted) is None
    session.commit()
    key, token = issue(alice)
    visitor = visit(alice)
    page = visitor.get(f"{LIST}/{key.public_id}").text
    assert "Put it &lt;anywhere&gt;." in page
    assert "PASTE_THE_SECRET" in visitor.get(f"{LIST}/{key.public_id}/download/mine").text
    answer = visitor.post(f"{LIST}/{key.public_id}/download/mine", token=token)
    assert answer.text == f'key = "{token}"\n'
    assert answer.headers["Content-Disposition"] == "attachment; filename=mine.cfg"
