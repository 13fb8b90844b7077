import re

import pytest
import time_machine
from sqlalchemy import func, select

from portal.accounts import membership, passwords
from portal.accounts.models import Person
from portal.audit.events import SHELL
from portal.devdata import filling
from portal.devdata.scene import Wish
from portal.keys.models import Key, KeyLastUsed, KeyRule
from portal.keys.token import PATTERN
from portal.rows import Rows
from tests.cast import PASSWORD

SIZE = ("--keys", "60", "--users", "12")
RANDOM = {"key_secret": {"digest"}, "audit": {"at", "prev", "hash"}, "audit_head": {"hash"}}


@pytest.fixture
def contents(session):
    """Everything that is in the database, but for what is never twice the same."""

    def read():
        tables = Rows.metadata.sorted_tables
        return {
            table.name: sorted(
                repr([value for name, value in row._mapping.items() if name not in RANDOM.get(table.name, ())])
                for row in session.execute(select(table))
            )
            for table in tables
        }

    return read


def test_everybody_has_the_password_that_is_printed(shell, session):
    said = shell("devdata", *SIZE).stdout

    password = re.search(r"the password (\S+) \(shown only now\)", said)[1]
    admin = re.search(r"Sign in as (\S+), an admin", said)[1]
    person = membership.by_email(session, admin)
    assert person.is_admin
    assert passwords.matches(password, person.password_hash)
    assert len(set(session.scalars(select(Person.password_hash)))) == 1


def test_the_password_can_be_chosen(shell, session):
    said = shell("devdata", *SIZE, "--password-stdin", stdin=PASSWORD).stdout

    assert passwords.matches(PASSWORD, session.scalars(select(Person.password_hash)).first())
    assert PASSWORD not in said


def test_the_trail_holds_afterwards(shell):
    shell("devdata", *SIZE)

    assert shell("audit", "verify").stdout.startswith("OK")


def test_tokens_are_written_for_nobody_else_to_read(shell, tmp_path):
    path = tmp_path / "tokens"

    shell("devdata", *SIZE, "--tokens", str(path))

    assert path.stat().st_mode & 0o777 == 0o600
    tokens = path.read_text().splitlines()
    assert tokens
    assert all(PATTERN.fullmatch(token) for token in tokens)


def test_without_being_asked_for_no_token_is_told(shell):
    result = shell("devdata", *SIZE)

    assert not PATTERN.search(result.output)


@time_machine.travel("2026-11-21T08:00:00Z", tick=False)
def test_the_same_seed_invents_the_same(session, contents, peppers):
    def fill(seed):
        begun = filling.begin(session, SHELL, Wish(80, 10, seed, b"shared", "ptl", peppers))
        for _ in range(begun.slices):
            begun.write_next(session)
        told = contents()
        session.rollback()
        return told

    first = fill(1)
    assert first == fill(1)
    assert first != fill(2)


def test_people_are_never_mixed_with_invented_ones_by_mistake(complaint, alice):
    assert "There are people here already (1)." in complaint("devdata", *SIZE)


def test_they_are_when_it_is_asked_for(shell, alice, session):
    shell("devdata", *SIZE, "--add")

    assert session.scalar(select(func.count()).select_from(Person)) == 13


def test_a_fill_that_was_killed_is_told_of(complaint, session, peppers):
    begun = filling.begin(session, SHELL, Wish(60, 40, 1, b"shared", "ptl", peppers))
    begun.write_next(session)
    session.commit()

    assert "A fill was stopped half way: it left 2 people." in complaint("devdata", *SIZE)


def test_the_database_counts_as_any_other(shell, session):
    shell("devdata", *SIZE)

    assert session.scalar(select(func.count()).select_from(Key)) == 60
    assert session.scalar(select(func.count()).select_from(KeyLastUsed)) == 60
    assert session.scalar(select(func.count()).select_from(KeyRule)) > 60


@pytest.mark.parametrize("size", [("--keys", "5", "--users", "0"), ("--keys", "-1", "--users", "1"), ("--keys", "5")])
def test_sizes_that_make_no_sense_are_refused(shell, size):
    assert shell("devdata", *size).exit_code == 2
