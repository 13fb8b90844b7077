"""Keys as rows of a file: every one, however far their numbers lie apart."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import delete

from portal.audit.events import SHELL
from portal.keys import export, lifecycle
from portal.keys.models import KeyLastUsed
from portal.keys.sieve import Sieve
from portal.site.settings import SiteSettings


@pytest.fixture
def stretches(session):
    def read():
        after, found = None, []
        for _ in range(10):
            rows, after = export.stretch(session, Sieve(), SiteSettings(), after)
            found.append([row["name"] for row in rows])
            if after is None:
                return found
        pytest.fail("no end of it")

    return read


@pytest.fixture
def renumber(session, folder, issue, alice):
    """Issue a key and give it another number, past all constraints."""

    def do(name, number):
        key, _ = issue(alice, name)
        session.rollback()
        session.expunge_all()
        with closing(sqlite3.connect(folder.database, isolation_level=None)) as database:
            for table, column in (("key", "id"), ("key_secret", "key_id"), ("key_last_used", "key_id")):
                database.execute(f"UPDATE {table} SET {column} = {number} WHERE {column} = {key.id}")

    return do


def test_where_there_is_no_key_there_is_no_row(stretches):
    assert stretches() == [[]]


def test_a_few_keys_are_one_stretch(stretches, issue, alice):
    for name in ("first", "second"):
        issue(alice, name)
    assert stretches() == [["first", "second"]]


@pytest.mark.parametrize("number", [2**62, 2**63 - 1])
def test_a_number_far_away_is_reached_in_one_step(stretches, renumber, issue, alice, number):
    issue(alice, "near")
    renumber("far", number)
    assert stretches() == [["near"], ["far"]]


def test_a_number_below_the_first_is_no_less_a_key(stretches, renumber, issue, alice):
    issue(alice, "near")
    renumber("below", -(2**62))
    assert stretches() == [["below"], ["near"]]


def test_a_key_of_which_no_use_is_kept_is_a_row_all_the_same(stretches, issue, alice, session):
    key, _ = issue(alice, "bare")
    session.execute(delete(KeyLastUsed).where(KeyLastUsed.key_id == key.id))
    session.commit()
    assert stretches() == [["bare"]]


def test_a_paused_key_says_by_whom_and_why(session, issue, alice):
    key, _ = issue(alice)
    lifecycle.pause(session, SHELL, key, "The lab is closed")
    [row], _ = export.stretch(session, Sieve(), SiteSettings(), None)
    assert (row["paused_by"], row["paused_reason"]) == ("shell", "The lab is closed")
    assert list(row) == list(export.COLUMNS)
