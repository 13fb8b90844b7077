"""The default-key of a new person: a key without a secret, until they ask for it."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.extensions import WRITES
from portal.keys import default_key, finder, lifecycle
from portal.keys.default_key import AlreadyGot
from portal.keys.finder import Show, Wish
from portal.keys.issuing import Issued
from portal.keys.models import Key, KeySecret
from portal.keys.status import Status, status_of
from portal.keys.token import Token
from portal.site.settings import DAY, SiteSettings, end_of_day

SITE = SiteSettings()


@pytest.fixture
def key(session, as_alice, alice):
    key = default_key.reserve(session, as_alice, alice, prefix="ptl", site=SITE)
    session.commit()
    return key


@pytest.fixture
def get(session, as_alice, peppers):
    def do(key, **wishes):
        answer = default_key.get_secret(session, as_alice, key, **{"peppers": peppers, "site": SITE, **wishes})
        session.commit()
        return answer

    return do


def secrets(session):
    session.expire_all()
    return session.scalars(select(KeySecret)).all()


def test_a_reserved_key_has_a_name_and_a_public_id_but_no_secret(key, session):
    assert (key.name, key.public_id[:4], key.kind) == ("default-key", "ptl_", "standard")
    assert status_of(key, clock.now(), SITE) is Status.NO_SECRET
    assert secrets(session) == []


def test_where_the_site_wants_none_there_is_none(session, as_alice, alice):
    assert default_key.reserve(session, as_alice, alice, prefix="ptl", site=SiteSettings(default_key=False)) is None


def test_a_reserved_key_is_a_current_one(key, session, alice):
    page = finder.page(session, alice.id, Wish(), SITE)
    assert (page.keys, page.counts[Show.CURRENT], page.counts[Show.ACTIVE]) == ([key], 1, 0)


def test_the_secret_opens_the_key_that_was_there(key, get, session, peppers):
    answer = get(key)
    assert isinstance(answer, Issued)
    assert Token.parse(str(answer.token)).public_id == key.public_id
    assert finder.by_token(session, peppers, str(answer.token)) is key
    assert status_of(key, clock.now(), SITE) is Status.ACTIVE


def test_its_life_begins_when_it_gets_its_secret_however_long_it_waited(key, get):
    with time_machine.travel(clock.now() + timedelta(days=1000)):
        assert key.name == default_key.DEFAULT_NAME
        get(key)
        assert key.expires_at == end_of_day(clock.now() + SITE.default_days * DAY)
        assert status_of(key, clock.now(), SITE) is Status.ACTIVE


def test_an_end_that_its_owner_has_set_meanwhile_stays_unless_it_is_over(key, get):
    key.expires_at = wanted = (clock.now() + 5 * DAY).replace(microsecond=0)
    with time_machine.travel(clock.now() + 2 * DAY):
        get(key)
        assert key.expires_at == wanted


def test_an_end_that_is_over_gives_way_to_the_default(key, get):
    key.expires_at = clock.now() + DAY
    with time_machine.travel(clock.now() + 2 * DAY):
        get(key)
        assert status_of(key, clock.now(), SITE) is Status.ACTIVE


def test_its_secret_is_made_once(key, get, session):
    get(key, form_id="form-1")
    for form_id in ("form-1", "form-2", None):
        assert isinstance(get(key, form_id=form_id), AlreadyGot)
    assert len(secrets(session)) == 1


def test_of_two_who_ask_at_once_one_gets_it(key, engine, peppers, session, as_alice):
    answers, start = [], threading.Barrier(2)

    def run():
        start.wait()
        with Session(engine.execution_options(**{WRITES: True}), expire_on_commit=False) as mine, mine.begin():
            found = finder.by_public_id(mine, key.public_id)
            answers.append(default_key.get_secret(mine, as_alice, found, peppers=peppers, site=SITE))

    threads = [threading.Thread(target=run) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert {type(answer) for answer in answers} == {Issued, AlreadyGot}
    assert len(secrets(session)) == 1


def test_a_revoked_one_gets_none(key, get, session, as_alice):
    lifecycle.revoke(session, as_alice, key)
    assert get(key).reason == "revoked"


def test_its_name_is_taken_however_long_it_waits(key, issue, alice, session):
    with time_machine.travel(clock.now() + timedelta(days=1000)):
        assert default_key.of(session, alice.id, SITE) is key


@pytest.mark.parametrize("act", ["revoke", "delete"])
def test_without_it_none_is_named_and_a_new_one_of_that_name_is(key, issue, alice, session, as_alice, act):
    getattr(lifecycle, act)(session, as_alice, key)
    session.commit()
    assert default_key.of(session, alice.id, SITE) is None
    again, _ = issue(alice, "Default-Key")
    assert default_key.of(session, alice.id, SITE) is again


def test_an_expired_one_is_not_named(issue, alice, session):
    issue(alice, "default-key", expires_at=clock.now() - DAY)
    assert default_key.of(session, alice.id, SITE) is None


def test_another_persons_is_not_named(issue, alice, bob, session):
    issue(bob, "default-key")
    assert default_key.of(session, alice.id, SITE) is None


def test_a_deleted_key_is_revoked_and_off_the_list(issue, alice, session, as_alice):
    key, _ = issue(alice)
    assert lifecycle.delete(session, as_alice, key)
    assert not lifecycle.delete(session, as_alice, key)
    session.commit()
    assert key.revoked_at is not None
    assert finder.page(session, alice.id, Wish(Show.REVOKED), SITE).keys == []
    assert finder.owned(session, alice.id, key.public_id) is None
    assert session.get(Key, key.id) is not None
