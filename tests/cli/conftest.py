from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask


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
