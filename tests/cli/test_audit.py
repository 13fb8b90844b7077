import sqlite3
from contextlib import closing

import pytest


@pytest.fixture
def tamper(folder):
    def change(statement):
        with closing(sqlite3.connect(folder.database, isolation_level=None)) as database:
            assert database.execute(statement).rowcount == 1

    return change


def test_a_whole_trail_is_ok(shell, alice, bob):
    result = shell("audit", "verify")

    assert result.exit_code == 0
    assert result.stdout.startswith("OK")


def test_an_empty_trail_is_ok(shell):
    assert shell("audit", "verify").exit_code == 0


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE audit SET subject = 'bob' WHERE seq = 1", "Entry 1 was altered."),
        ("DELETE FROM audit WHERE seq = 1", "Entry 1 is missing."),
        ("DELETE FROM audit WHERE seq = 2", "Entry 2 is missing at the end."),
    ],
)
def test_the_first_broken_entry_is_named(complaint, alice, bob, tamper, statement, sentence):
    tamper(statement)

    assert sentence in complaint("audit", "verify")
