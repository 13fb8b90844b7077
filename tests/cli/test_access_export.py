"""`flask access export`."""

import csv
import io
import json

import pytest

from portal.usage.models import Access
from tests.cast import ALICE, BOB

DAY = 20_000  # days since 1970: 2024-10-04


@pytest.fixture
def calls(session, issue, alice, bob):
    """A call of Alice's and two of Bob's, a day apart; the public ids of the keys."""
    keys = [issue(alice, "ci")[0], issue(bob, "bot")[0]]
    for number, key in enumerate([keys[0], keys[1], keys[1]]):
        session.add(
            Access(
                minute=(DAY + number) * 1_440, fold=number.to_bytes(32, "big"), key_id=key.id, owner_id=key.owner_id,
                address="192.0.2.1", method="POST", resource=f"algo://demo/{number}", reason=None, calls=1,
            )
        )  # fmt: skip
    session.commit()
    return [key.public_id for key in keys]


def found(result):
    assert result.exit_code == 0, result.output
    return [json.loads(line)["resource"][-1] for line in result.stdout.splitlines()]


def test_each_record_is_a_line_oldest_first(shell, calls):
    assert found(shell("access", "export")) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--person", ALICE.upper()], ["0"]), (["--person", BOB], ["1", "2"]), (["--from", "2024-10-05"], ["1", "2"]),
        (["--to", "2024-10-05"], ["0", "1"]), (["--person", BOB, "--to", "2024-10-05"], ["1"]),
    ],
)  # fmt: skip
def test_records_are_sifted_by_person_and_day(shell, calls, options, expected):
    assert found(shell("access", "export", *options)) == expected


def test_the_calls_of_one_key_are_found_also_by_the_whole_key(shell, calls):
    assert found(shell("access", "export", "--key", calls[0])) == ["0"]
    assert found(shell("access", "export", "--key", f"{calls[1]}_secret")) == ["1", "2"]


def test_csv_has_the_columns_of_the_page(shell, calls):
    rows = list(csv.DictReader(io.StringIO(shell("access", "export", "--format", "csv").stdout)))
    assert (rows[0]["person"], rows[0]["key"]) == (ALICE, calls[0])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--key", "ptl_nothing"], "No key has the public id ptl_nothing."),
        (["--person", "nobody@example.org"], "No account has the e-mail nobody@example.org."),
        (["--from", "soon"], "--from is no day"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_said(complaint, calls, options, sentence):
    assert sentence in complaint("access", "export", *options)
