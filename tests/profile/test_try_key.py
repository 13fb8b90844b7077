"""Testing a key from the notice that shows it."""

import pytest

from portal.keys import lifecycle
from portal.policy.networks import Networks
from portal.policy.origin import CallerOrigin
from portal.policy.policy import Policy

LIST = "/profile/api-credentials"


@pytest.fixture
def send(visitor):
    def do(key, token):
        visitor.get(LIST)
        return visitor.post(f"{LIST}/{key.public_id}/try", token=token)

    return do


def test_a_good_key_works(send, issue, alice):
    key, token = issue(alice)
    answer = send(key, token)
    assert "It works: a request with this key from your address, 127.0.0.1, is let in." in answer.text
    assert token.rpartition("_")[2] not in answer.text


def test_a_key_for_another_network_says_so(send, issue, alice):
    key, token = issue(alice, policy=Policy(networks=Networks.read(["10.0.0.0/8"])))
    assert "Refused: This key may not be used from this address." in send(key, token).text


def test_a_key_for_web_pages_alone_is_refused_as_it_should_be(send, issue, alice):
    key, token = issue(alice, policy=Policy(origin=CallerOrigin(native=False, hosts=("app.example.org",))))
    assert "only web pages may call with this key" in send(key, token).text


def test_a_key_that_was_stopped_meanwhile_says_so(send, issue, alice, session, as_alice):
    key, token = issue(alice)
    lifecycle.pause(session, as_alice, key)
    session.commit()
    assert "Refused: This key is paused." in send(key, token).text


def test_only_the_token_of_that_very_key_is_tried(send, issue, alice, bob):
    (mine, _), (_, others), (theirs, stolen) = issue(alice, "a"), issue(alice, "b"), issue(bob)
    assert [send(mine, wrong).status_code for wrong in ("", "x", others, stolen)] == [422] * 4
    assert send(theirs, stolen).status_code == 404


def test_the_notice_offers_it_with_the_curl_line(visitor):
    text = visitor.generate("fresh").text
    assert "Test this key" in text
    assert "/sample/whoami</code>" in text
