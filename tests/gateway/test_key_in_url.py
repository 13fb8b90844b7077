"""A key in an address: refused at every door, and noted for its owner while it still works."""

import pytest

from portal import clock
from portal.keys import lifecycle, rotation
from portal.keys.leaks import living_leaks
from portal.keys.token import mint
from portal.site.settings import DAY, SiteSettings
from portal.usage.models import Access
from tests.gateway.conftest import SERVICE_TOKEN, ask


@pytest.fixture
def leak(lane, recorder):
    """Send a token in an address, and wait until that is written down."""

    def do(token, address="192.0.2.7", **headers):
        reply = ask(lane, "GET", "/auth", QUERY_STRING=f"api_key={token}", REMOTE_ADDR=address, **headers)
        assert recorder.flush()
        return reply

    return do


@pytest.fixture
def leaks(session, alice):
    def read(key=None):
        session.rollback()
        return living_leaks(session, alice.id, key)

    return read


def test_it_is_refused_also_beside_a_good_key(issue, alice, leak):
    token = issue(alice)[1]
    reply = leak(token, authorization=f"Bearer {token}")
    assert (reply.status, reply["X-Auth-Reason"]) == (403, "key-in-url")
    assert token not in reply.body.decode() + str(reply.headers)


def test_the_address_that_a_proxy_forwards_counts_though_nobody_trusts_the_proxy(issue, alice, lane, recorder, leaks):
    key, token = issue(alice)
    for header in ("x_original_uri", "x_forwarded_uri"):
        reply = ask(lane, "GET", "/auth", **{header: f"/tides?k={token}", "x_api_key": token})
        assert reply["X-Auth-Reason"] == "key-in-url"
    recorder.flush()
    assert [(found.key.id, found.calls) for found in leaks()] == [(key.id, 2)]


def test_the_owner_is_told_when_from_where_and_how_often(issue, alice, leak, leaks):
    key, token = issue(alice)
    leak(token, "192.0.2.7")
    leak(token, "192.0.2.8")
    (found,) = leaks()
    assert (found.key.id, found.address, found.calls) == (key.id, "192.0.2.8", 2)
    assert clock.now() - found.at < DAY
    assert [leaked.key.id for leaked in leaks(key)] == [key.id]


def test_nobody_else_is_told(issue, bob, leak, leaks):
    leak(issue(bob)[1])
    assert leaks() == []


def test_an_unknown_key_tells_nobody_and_counts_as_a_refused_one(leak, leaks, session):
    assert [leak(str(mint("ptl")))["X-Auth-Reason"] for _ in range(101)][-2:] == ["key-in-url", "too-many-refusals"]
    assert leaks() == []
    assert session.query(Access).filter_by(reason="key-in-url", key_id=None).count() == 1


def test_a_new_secret_ends_the_matter(issue, alice, leak, leaks, session, as_alice, peppers):
    key, token = issue(alice)
    leak(token)
    rotation.rotate(session, as_alice, key, None, peppers=peppers, site=SiteSettings())
    session.commit()
    assert leaks() == []


def test_an_overlap_keeps_the_matter_open_until_it_ends(issue, alice, leak, leaks, session, as_alice, peppers):
    key, token = issue(alice)
    leak(token)
    rotation.rotate(session, as_alice, key, clock.now() + DAY, peppers=peppers, site=SiteSettings())
    session.commit()
    assert len(leaks()) == 1
    rotation.end_overlap(session, as_alice, key)
    session.commit()
    assert leaks() == []


def test_a_revoked_key_is_no_matter(issue, alice, leak, leaks, session, as_alice):
    key, token = issue(alice)
    leak(token)
    lifecycle.revoke(session, as_alice, key)
    session.commit()
    assert leaks() == []


def test_it_is_no_use_of_the_key(issue, alice, leak, session):
    key, token = issue(alice)
    leak(token)
    session.refresh(key)
    assert key.last_used is None


def test_the_service_token_is_no_api_key(lane):
    asked = {"QUERY_STRING": f"t={SERVICE_TOKEN}", "authorization": f"Bearer {SERVICE_TOKEN}"}
    assert ask(lane, "POST", "/api/v1/verify", b'{"key": ""}', **asked).json["reason"] == "missing"


def test_a_leak_is_noted_also_when_much_else_from_that_address_was_refused(issue, alice, lane, leak, leaks):
    for _ in range(101):
        ask(lane, "GET", "/auth", x_api_key=str(mint("ptl")))
    assert leak(issue(alice)[1])["X-Auth-Reason"] == "key-in-url"
    assert len(leaks()) == 1
