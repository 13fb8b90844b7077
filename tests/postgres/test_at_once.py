"""Two people, or two clicks, at the same moment: on SQLite one comes after the other, on PostgreSQL they meet."""

from functools import partial
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from portal import create_app
from portal.accounts.models import Person
from portal.config import SignUp
from portal.errors import Refused
from portal.keys import delete_account, hand_over
from portal.keys.lifecycle import pause, revoke
from portal.keys.models import Key
from portal.site.settings import SiteSettings
from tests.support.visitor import LIST, Visitor

PASSWORD = "violet kettle under the stairs"
ROUNDS = 5


def at_once(*acts):
    """Do all of it at the same moment; return what came of each."""
    barrier, answers = Barrier(len(acts)), [None] * len(acts)

    def do(number):
        barrier.wait()
        answers[number] = acts[number]()

    threads = [Thread(target=do, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def open_app(settings):
    app = create_app(settings.model_copy(update={"sign_up": SignUp.OPEN}))
    app.testing = False  # a fault is a 500, as in the house
    return app


def test_of_two_who_sign_up_with_one_address_one_has_it_and_the_other_is_told(open_app, session):
    for number in range(ROUNDS):
        visitors = [Visitor(open_app.test_client()) for _ in range(2)]
        for visitor in visitors:
            visitor.get("/sign-up")
        email = f"new{number}@example.org"
        sign_ups = [partial(visitor.post, "/sign-up", email=email, password=PASSWORD) for visitor in visitors]
        answers = at_once(*sign_ups)
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses[0] == 303
        assert statuses[1] in {303, 409, 422}
    assert session.scalar(select(func.count()).select_from(Person)) == ROUNDS


def test_a_form_that_is_sent_twice_at_once_makes_one_key(visit, alice, session, app):
    app.testing = False
    visitor = visit(alice)
    for number in range(ROUNDS):
        form_id = visitor.form_id()
        sent = {"csrf_token": visitor.csrf_token, "form_id": form_id, "name": f"ci {number}", "expiry": "90"}
        clients = [app.test_client() for _ in range(2)]
        for client in clients:
            client._cookies = dict(visitor.client._cookies)
        answers = at_once(*(partial(client.post, LIST, data=sent) for client in clients))
        assert 500 not in {answer.status_code for answer in answers}
    names = session.scalars(select(Key.name).where(Key.owner_id == alice.id)).all()
    assert len(names) == len(set(names))


@pytest.fixture
def in_transaction(app):
    """Do a job in a transaction of its own, as a door does."""
    from portal.web.unit_of_work import writing

    def do(job):
        with app.app_context(), writing() as session:
            return job(session)

    return do


def test_a_pause_that_meets_a_revocation_never_undoes_it(in_transaction, session, alice, as_alice, issue):
    def stop(key_id, act, own_session):
        return act(own_session, as_alice, own_session.get(Key, key_id))

    for number in range(ROUNDS):
        key_id = issue(alice, f"ci {number}")[0].id
        at_once(*(partial(in_transaction, partial(stop, key_id, act)) for act in (revoke, pause, revoke)))
        key = session.get(Key, key_id, populate_existing=True)
        session.commit()
        assert key.revoked_at is not None
        assert key.version in {2, 3}  # one revocation, and a pause before it or none


def test_who_is_deleted_while_their_keys_are_handed_over_leaves_no_key_behind(
    in_transaction, session, as_alice, issue, make_person
):
    for number in range(ROUNDS):
        giver, taker = make_person(f"giver{number}@example.org"), make_person(f"taker{number}@example.org")
        keys = [issue(giver, f"ci {each}")[0].id for each in range(5)]

        def give(s, keys=keys, taker=taker):
            rows = s.scalars(select(Key).where(Key.id.in_(keys))).all()
            return hand_over.hand_over(s, as_alice, rows, taker.email, of_apps=set(), site=SiteSettings())

        def delete(s, giver=giver):
            return delete_account.delete_account(s, as_alice, s.get(Person, giver.id))

        given, deleted = at_once(partial(in_transaction, give), partial(in_transaction, delete))
        session.rollback()
        living = select(func.count()).where(Key.id.in_(keys), Key.revoked_at.is_(None), Key.owner_id == giver.id)
        assert session.scalar(living) == 0
        assert deleted is None
        assert isinstance(given, (hand_over.HandedOver, Refused))
