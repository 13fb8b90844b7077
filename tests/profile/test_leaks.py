"""What the pages say of a key that was sent in an address."""

import pytest

from portal import clock
from portal.keys.models import KeySecret, SecretLeak

LIST = "/profile/api-credentials"
SAID = "was sent in an address"


@pytest.fixture
def leaked(session, key):
    digest = session.query(KeySecret).filter_by(key_id=key.id).one().digest
    session.add(SecretLeak(digest=digest, key_id=key.id, at=clock.now(), address="192.0.2.9", calls=1))
    session.commit()
    return key


@pytest.mark.parametrize("page", ["list", "key"])
def test_the_owner_reads_of_it_and_where_to_go(visit, alice, leaked, page):
    text = visit(alice).get(LIST if page == "list" else f"{LIST}/{leaked.public_id}").text
    assert SAID in text
    assert "192.0.2.9" in text
    assert f"{LIST}/{leaked.public_id}/rotate" in text


def test_other_keys_and_other_people_read_nothing(visit, alice, bob, leaked, issue):
    other, _ = issue(alice, "another")
    assert SAID not in visit(alice).get(f"{LIST}/{other.public_id}").text
    assert SAID not in visit(bob).get(LIST).text


def test_revoking_takes_it_away(visitor, leaked):
    visitor.post(f"{LIST}/{leaked.public_id}/revoke")
    assert SAID not in visitor.get(LIST).text


def test_deleting_the_account_forgets_it(session, leaked, alice, as_alice, ada):
    from portal.keys.delete_account import delete_account

    assert delete_account(session, as_alice, alice) is None
    session.commit()
    assert session.query(SecretLeak).count() == 0


def test_an_ended_secret_takes_its_leak_along(session, leaked):
    from portal.keys.forget import forget_ended_secrets

    session.query(KeySecret).update({"ends_at": clock.now()})
    assert forget_ended_secrets(session, clock.now() + clock.now().resolution * 10_000, limit=5) == 1
    assert session.query(SecretLeak).count() == 0
