"""Pausing and resuming on the page, and the page of one key."""

import re

import pytest

from portal.audit import trail
from portal.audit.events import SHELL
from portal.keys import lifecycle
from portal.site.settings import SiteSettings

LIST = "/profile/api-credentials"


def test_pausing_stops_the_key_and_resuming_starts_it_again(visitor, key, reread):
    visitor.post(f"{LIST}/{key.public_id}/pause")
    assert reread().paused_at is not None
    visitor.post(f"{LIST}/{key.public_id}/resume")
    assert reread().paused_at is None


def test_the_list_offers_what_the_key_needs(visitor, key):
    assert f'{key.public_id}/pause"' in visitor.get(LIST).text
    visitor.post(f"{LIST}/{key.public_id}/pause")
    page = visitor.get(LIST).text
    assert f'{key.public_id}/resume"' in page
    assert f'{key.public_id}/pause"' not in page


@pytest.mark.parametrize("act", ["pause", "resume"])
def test_a_revoked_key_says_that_it_stays_as_it_is(visit, alice, key, session, as_alice, act):
    lifecycle.revoke(session, as_alice, key)
    session.commit()
    visitor = visit(alice)
    assert visitor.post(f"{LIST}/{key.public_id}/{act}").status_code == 303
    assert "This key was revoked; it stays as it is." in visitor.get(LIST).text


def test_pausing_on_the_keys_page_comes_back_to_it(visit, alice, key):
    answer = visit(alice).post(f"{LIST}/{key.public_id}/pause?page=key")
    assert answer.location == f"{LIST}/{key.public_id}"


@pytest.mark.parametrize("where", [LIST, f"{LIST}/{{public_id}}"], ids=["list", "page"])
def test_whoever_paused_it_and_why_is_said_until_it_is_resumed(visit, alice, key, session, where):
    lifecycle.pause(session, SHELL, key, "Called <all> night")
    session.commit()
    visitor, address = visit(alice), where.format(public_id=key.public_id)
    told = visitor.get(address).text
    assert "</time>, by an administrator" in told
    assert '">“Called &lt;all&gt; night”</span>' in told
    visitor.post(f"{LIST}/{key.public_id}/resume")
    assert "</time>, by an administrator" not in visitor.get(address).text


def test_the_page_says_what_is_known_of_the_key(visit, alice, key):
    page = visit(alice).get(f"{LIST}/{key.public_id}").text
    for text in ("ci", key.public_id, "Active", "Never used", "in 90 days", "Only a fingerprint is kept", " UTC"):
        assert text in page


def test_the_history_tells_every_act_newest_first(visit, alice, key, session, as_alice):
    lifecycle.rename(session, as_alice, key, "nightly", site=SiteSettings())
    lifecycle.pause(session, as_alice, key)
    lifecycle.revoke(session, SHELL, key, "found in a repository")
    session.commit()
    page = visit(alice).get(f"{LIST}/{key.public_id}").text
    told = re.findall(r'<th scope="row">\s*<bdi>(.*?)</bdi>', page)
    assert told == ["Revoked", "Paused", "Renamed from “ci” to “nightly”", "Generated as “ci”"]
    assert "An administrator" in page
    assert "found in a repository" in page


def test_a_name_with_a_percent_sign_is_told_as_it_is(visit, alice, issue):
    key, _ = issue(alice, "100%s %(name)s")
    assert "Generated as “100%s %(name)s”" in visit(alice).get(f"{LIST}/{key.public_id}").text


def test_an_event_without_words_is_told_by_its_name(visit, alice, key, session):
    trail.record(session, "key:unheard-of", SHELL, key.public_id)
    session.commit()
    assert "key:unheard-of" in visit(alice).get(f"{LIST}/{key.public_id}").text


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", "/pause"), ("post", "/resume")])
def test_another_persons_key_answers_as_one_that_never_was(visit, bob, key, method, path):
    visitor = visit(bob)
    answers = [getattr(visitor, method)(f"{LIST}/{public_id}{path}") for public_id in (key.public_id, "ptl_0000000000")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
