from contextlib import suppress

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from portal.accounts import membership
from portal.accounts.models import Person
from portal.audit.events import SHELL
from portal.web.unit_of_work import reading, stop_reading, writing
from tests.support.visitor import Visitor


def people(session) -> int:
    return session.scalar(select(func.count()).select_from(Person))


def test_what_was_written_is_there_when_the_unit_ends(app):
    with app.app_context():
        with writing() as session:
            membership.create(session, SHELL, "new@example.org", None)
        assert people(reading()) == 1


def test_a_fault_leaves_nothing_behind(app):
    with app.app_context():
        with suppress(RuntimeError), writing() as session:
            membership.create(session, SHELL, "new@example.org", None)
            raise RuntimeError
        assert people(reading()) == 0


def test_reading_after_writing_sees_what_was_written(app):
    with app.app_context():
        assert people(reading()) == 0
        with writing() as session:
            membership.create(session, SHELL, "new@example.org", None)
        assert people(reading()) == 1


def test_a_unit_sees_what_others_wrote_since_the_request_began(app, make_person):
    with app.app_context():
        assert people(reading()) == 0
        make_person("meanwhile@example.org")
        with writing() as session:
            assert people(session) == 1


def test_a_unit_writes_from_its_first_statement_on(app, engine):
    with app.app_context(), writing() as session:
        people(session)
        with engine.connect() as other:
            other.exec_driver_sql("PRAGMA busy_timeout = 1")
            with pytest.raises(OperationalError, match="locked"):
                other.execute(text("UPDATE person SET email = email"))


def test_what_was_read_stays_readable_when_reading_ends(app, alice):
    with app.app_context():
        person = reading().get(Person, alice.id)
        stop_reading()
        assert person.email == alice.email


def test_signing_in_holds_no_transaction_while_it_compares(app, client, alice, monkeypatch):
    from portal.accounts import passwords
    from portal.extensions import db

    seen = []
    compare = passwords.matches

    def watched(*arguments):
        seen.append(db.engine.pool.checkedout())
        return compare(*arguments)

    monkeypatch.setattr(passwords, "matches", watched)
    assert Visitor(client).try_password(alice.email).status_code == 303
    assert seen == [0]
