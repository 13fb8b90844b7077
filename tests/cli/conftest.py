from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.keys import finder
from portal.keys.models import Key


@pytest.fixture
def shell(app: Flask) -> Callable[..., Result]:
    """Type a command: `shell("users", "create", …, stdin=…)`."""
    runner = app.test_cli_runner()

    def type_in(*arguments: str, stdin: str = "") -> Result:
        return runner.invoke(args=arguments, input=stdin)

    return type_in


@pytest.fixture
def complaint(shell: Callable[..., Result]) -> Callable[..., str]:
    """Type a command that fails, and return its one line on stderr."""

    def type_in(*arguments: str, stdin: str = "") -> str:
        result = shell(*arguments, stdin=stdin)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        assert result.stderr.count("\n") == 1
        return result.stderr

    return type_in


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "portal.zip"


@pytest.fixture
def revoked(shell: Callable[..., Result], archive: Path, alice: Person, issue: Callable[..., tuple[Key, str]]) -> str:
    """A key that was revoked after the backup in `archive` was made: its public id."""
    key, _token = issue(alice, "leaked")
    shell("data", "backup", str(archive))
    shell("keys", "revoke", key.public_id)
    return key.public_id


@pytest.fixture
def is_living(session: Session) -> Callable[[str], bool]:
    """Look a key up in the database that is in place now."""

    def look(public_id: str) -> bool:
        session.close()
        session.get_bind().dispose()
        return finder.by_public_id(session, public_id).revoked_at is None

    return look
