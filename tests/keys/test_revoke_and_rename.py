"""Renaming and revoking a key."""

from portal.keys import lifecycle
from portal.site.settings import SiteSettings


def test_a_renamed_key_keeps_its_public_id(issue, alice, session, as_alice):
    key, _ = issue(alice, "old")
    before = key.public_id
    assert lifecycle.rename(session, as_alice, key, " new  name ", site=SiteSettings()) is None
    assert (key.name, key.public_id) == ("new name", before)


def test_a_key_may_be_renamed_to_its_own_name_in_another_case(issue, alice, session, as_alice):
    key, _ = issue(alice, "ci")
    assert lifecycle.rename(session, as_alice, key, "CI", site=SiteSettings()) is None
    assert key.name == "CI"


def test_a_key_cannot_take_the_name_of_another_living_key(issue, alice, session, as_alice):
    issue(alice, "taken")
    key, _ = issue(alice, "free")
    assert lifecycle.rename(session, as_alice, key, "taken", site=SiteSettings()).reason == "name-taken"


def test_of_two_renames_from_the_same_page_the_second_is_told(issue, alice, session, as_alice):
    key, _ = issue(alice, "ci")
    assert lifecycle.rename(session, as_alice, key, "first", site=SiteSettings(), version=1) is None
    assert lifecycle.rename(session, as_alice, key, "second", site=SiteSettings(), version=1).reason == "changed"
    assert key.name == "first"


def test_a_revoked_key_cannot_be_renamed(issue, alice, session, as_alice):
    key, _ = issue(alice, "ci")
    lifecycle.revoke(session, as_alice, key)
    assert lifecycle.rename(session, as_alice, key, "other", site=SiteSettings()).reason == "revoked"


def test_revoking_says_when_and_by_whom(issue, alice, session, as_alice):
    key, _ = issue(alice)
    assert lifecycle.revoke(session, as_alice, key, "found in a repository")
    assert (key.revoked_by, key.revoked_reason) == (alice.email, "found in a repository")
    assert key.revoked_at is not None


def test_revoking_twice_leaves_the_first_as_it_was(issue, alice, session, as_alice):
    key, _ = issue(alice)
    lifecycle.revoke(session, as_alice, key, "first")
    assert not lifecycle.revoke(session, as_alice, key, "second")
    assert key.revoked_reason == "first"
