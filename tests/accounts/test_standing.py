"""Who is an admin, and that somebody always is."""

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import standing
from portal.accounts.models import Person
from portal.audit.events import SHELL, Event
from portal.audit.models import Audit
from portal.errors import Refused
from portal.extensions import WRITES


@pytest.fixture
def eve(make_person):
    return make_person("eve@example.org", is_admin=True)


def entries(session):
    session.commit()
    return [entry.event for entry in session.scalars(select(Audit).order_by(Audit.seq)) if "admin:" in entry.event]


def test_an_admin_is_made_and_unmade_with_an_entry_each(session, ada, alice):
    standing.make_admin(session, SHELL, alice)
    assert alice.is_admin
    assert standing.unmake_admin(session, SHELL, alice) is None
    assert not alice.is_admin
    assert entries(session) == [Event.ADMIN_MADE, Event.ADMIN_UNMADE]


def test_what_is_so_already_leaves_no_entry(session, ada, alice):
    standing.make_admin(session, SHELL, ada)
    assert standing.unmake_admin(session, SHELL, alice) is None
    assert entries(session) == []


def test_the_last_admin_stays_one(session, ada, alice):
    assert standing.unmake_admin(session, SHELL, ada) == Refused("last-admin")
    assert ada.is_admin


def test_a_disabled_admin_does_not_count(session, ada, eve):
    assert standing.disable(session, SHELL, eve) is None
    assert standing.unmake_admin(session, SHELL, ada) == Refused("last-admin")
    assert standing.unmake_admin(session, SHELL, eve) is None


def test_an_admin_who_has_no_password_cannot_sign_in_and_does_not_count(session, ada, eve):
    eve.password_hash = None
    assert standing.unmake_admin(session, SHELL, ada) == Refused("last-admin")
    assert standing.disable(session, SHELL, ada) == Refused("last-admin")
    assert standing.unmake_admin(session, SHELL, eve) is None


@pytest.mark.parametrize("act", [standing.unmake_admin, standing.disable])
def test_of_two_admins_who_stop_each_other_at_once_one_stays(engine, session, ada, eve, act):
    ids = [ada.id, eve.id]
    session.commit()
    answers = at_once(engine, ids, act)

    assert sorted(map(str, answers)) == sorted(["None", str(Refused("last-admin"))])
    session.expire_all()
    left = select(Person.id).where(Person.is_admin, Person.disabled_at.is_(None))
    assert len(session.scalars(left).all()) == 1


def at_once(engine, ids, act):
    """Do `act` to each of the people in a transaction of its own, all of them at the same moment."""
    ready, answers = threading.Barrier(len(ids)), []

    def do(person_id):
        ready.wait()
        with Session(engine.execution_options(**{WRITES: True})) as session, session.begin():
            answers.append(act(session, SHELL, session.get_one(Person, person_id)))

    threads = [threading.Thread(target=do, args=(person_id,)) for person_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
