"""What is moved arrives whole, and goes on working as it did."""

import os
import pty
import re
import sqlite3
import subprocess
from contextlib import closing

import pytest

from portal import create_app
from portal.config import ROOT, Settings
from portal.errors import CannotStart
from portal.extensions import db
from portal.gateway.opening import open_verifier
from portal.move.tables import LEFT_OUT, MOVED
from portal.policy.facts import Facts
from portal.rows import Rows
from tests.cast import ALICE, PASSWORD
from tests.support.visitor import LIST, Visitor, token_in


@pytest.fixture
def moved(shell, place, lived_in):
    """The installation in PostgreSQL, with what the command said."""
    shell("devdata", "--keys", "300", "--users", "20", "--add", "--password-stdin", stdin=PASSWORD)
    result = shell("data", "move", "--to", place.url)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def there(moved, place, folder):
    """The settings of the portal that serves what was moved."""
    return Settings(PORTAL_DATA_DIR=folder.path, PORTAL_DATABASE_URL=place.url)


@pytest.fixture
def app_there(there):
    app = create_app(there)
    app.testing = True
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_somebody_decided_about_every_table():
    assert set(Rows.metadata.tables) == MOVED | set(LEFT_OUT)
    assert not MOVED & set(LEFT_OUT)


def test_every_table_arrives_with_all_its_rows(moved, place, folder):
    with closing(sqlite3.connect(folder.database)) as connection:
        held = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in MOVED}

    assert all(held.values()), [name for name, rows in held.items() if not rows]
    assert place.rows() == held


def test_each_table_is_told_with_the_number_of_its_equal_rows(moved, place):
    told = dict(re.findall(r"^  (\w+) +([\d,]+)$", moved.stdout, re.MULTILINE))

    assert {name: int(rows.replace(",", "")) for name, rows in told.items()} == place.rows() | {"alembic_version": 1}
    assert "Left out: key_change" in moved.stdout


def test_no_secret_is_told(moved):
    assert "sesame" not in moved.output
    assert "set PORTAL_DATABASE_URL" in moved.stdout


def test_the_verifier_lets_the_same_tokens_in_and_refuses_the_same(there, lived_in, verdicts_here):
    assert verdicts(open_verifier(there), lived_in.tokens) == verdicts_here
    assert verdicts_here["default"] == verdicts_here["rotated"] == verdicts_here["new of rotated"] == "allowed"
    assert verdicts_here["revoked"] == "revoked"


@pytest.fixture
def verdicts_here(lived_in, settings):
    return verdicts(open_verifier(settings), lived_in.tokens)


def verdicts(verifier, tokens):
    asked = Facts(address="192.0.2.7", any_key=True)
    return {name: str(getattr(verifier.verify(token, asked), "reason", "allowed")) for name, token in tokens.items()}


def test_a_person_signs_in_and_makes_a_key_that_is_let_in(app_there, there):
    visitor = Visitor(app_there.test_client())
    assert visitor.try_password(ALICE).status_code == 303

    token = token_in(visitor.generate("made there"))

    assert verdicts(open_verifier(there), {"new": token}) == {"new": "allowed"}
    assert "made there" in visitor.get(LIST).text


def test_the_trail_holds_there_and_goes_on(app_there):
    runner = app_there.test_cli_runner()
    assert runner.invoke(args=["audit", "verify"]).stdout.startswith("OK")

    Visitor(app_there.test_client()).try_password(ALICE)

    assert runner.invoke(args=["audit", "verify"]).stdout.startswith("OK")


def test_what_is_made_next_gets_the_next_number_in_every_table(moved, place):
    for table in ("person", "key", "sign_in", "banner", "key_rule", "outbox", "long_act", "added_format"):
        ((highest,),) = place.ask(f'SELECT max(id) FROM "{table}"')
        assert place.ask(f"""SELECT nextval(pg_get_serial_sequence('"{table}"', 'id'))""") == [(highest + 1,)]


def test_the_triggers_there_work_again(moved, place):
    assert place.ask("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'") == [(0,)]


def test_the_old_database_stays_as_it_is(shell, place, lived_in, folder):
    shell("audit", "verify")
    with closing(sqlite3.connect(folder.database)) as connection:
        before = list(connection.iterdump())

    shell("data", "move", "--to", place.url)

    with closing(sqlite3.connect(folder.database)) as connection:
        assert list(connection.iterdump()) == before


def test_nothing_starts_on_the_old_database_by_accident(moved, folder):
    environment = os.environ | {"PORTAL_DATA_DIR": str(folder.path)}
    done = subprocess.run(
        [ROOT / "script" / "server"], env=environment, capture_output=True, text=True, check=False, timeout=30
    )

    assert done.returncode == 1
    assert "This installation was moved to PostgreSQL: set PORTAL_DATABASE_URL." in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_command_uses_the_old_database_by_accident(moved, complaint):
    assert "was moved to PostgreSQL" in complaint("keys", "list")


def test_no_app_verifies_with_the_old_database_by_accident(folder, settings):
    folder.moved.write_text("Moved.")

    with pytest.raises(CannotStart, match="was moved to PostgreSQL"):
        open_verifier(settings)


def test_who_removes_the_mark_goes_back(moved, shell, folder):
    assert folder.moved.read_text().startswith("Moved to moved_")
    folder.moved.unlink()

    assert shell("audit", "verify").exit_code == 0


def test_a_key_that_was_revoked_there_stays_revoked_for_who_goes_back(app_there, lived_in, shell, folder, settings):
    key = lived_in.keys["default"].public_id
    assert app_there.test_cli_runner().invoke(args=["keys", "revoke", key]).exit_code == 0
    folder.moved.unlink()

    result = shell("audit", "verify")

    assert f"Revoked {key}" in result.stderr
    assert verdicts(open_verifier(settings), {"default": lived_in.tokens["default"]}) == {"default": "revoked"}


def test_a_database_with_the_schema_and_no_rows_is_as_good_as_an_empty_one(shell, make_place, lived_in):
    place = make_place("TEMPLATE migrated")

    assert shell("data", "move", "--to", place.url).exit_code == 0
    assert place.rows()["person"] == 2


def test_elsewhere_than_on_a_terminal_each_step_has_its_line(moved):
    lines = [line for line in moved.stderr.splitlines() if " key: " in line]

    assert [re.sub("[0-9]+", "N", line) for line in lines] == [
        f"{what} key: N of N, N %" for what in ("Reading", "Copying", "Comparing")
    ]


def test_on_a_terminal_the_line_counts(place, lived_in, folder):
    ours, theirs = pty.openpty()
    command = [ROOT / ".venv" / "bin" / "flask", "data", "move", "--to", place.url]
    environment = os.environ | {"PORTAL_DATA_DIR": str(folder.path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=theirs, check=False)
    said = os.read(ours, 100_000).decode()

    assert done.returncode == 0, said
    assert "Copying person: 0 of 2, 0 %\rCopying person: 2 of 2, 100 %\r\n" in said
