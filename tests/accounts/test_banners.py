"""What a person must be told."""

import json

from portal.accounts import banners
from portal.audit.events import SHELL
from portal.keys import lifecycle


def test_a_banner_is_shown_until_it_is_dismissed(session, alice, as_alice):
    banners.tell(session, alice.id, "key-leaked", public_id="ptl_x")
    (banner,) = banners.shown(session, alice)
    assert banners.dismiss(session, as_alice, alice, banner.id)
    assert banners.shown(session, alice) == []


def test_another_persons_banner_cannot_be_dismissed(session, alice, bob, as_alice):
    banners.tell(session, alice.id, "key-leaked")
    (banner,) = banners.shown(session, alice)
    assert not banners.dismiss(session, as_alice, bob, banner.id)
    assert banners.shown(session, alice) == [banner]


def test_the_owner_is_told_of_a_key_that_someone_else_revoked(session, issue, alice):
    key, _ = issue(alice, "ci")
    lifecycle.revoke(session, SHELL, key, "found in a repository")
    (banner,) = banners.shown(session, alice)
    assert json.loads(banner.body)["reason"] == "found in a repository"


def test_nobody_is_told_of_what_they_did_themselves(session, issue, alice, as_alice):
    key, _ = issue(alice, "ci")
    lifecycle.revoke(session, as_alice, key)
    assert banners.shown(session, alice) == []
