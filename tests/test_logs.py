"""Every logger of a process writes through one formatter."""

import json
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import logs
from portal.config import LogFormat, LogLevel
from tests.test_redaction import TOKENS

ANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)


@pytest.fixture(autouse=True)
def as_before():
    """Leave the process's loggers as other tests expect them."""
    yield
    logging.captureWarnings(capture=False)
    logs.set_up(LogFormat.TEXT, LogLevel.INFO)


def written(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize("name", ["portal.anything", "sqlalchemy.pool", "_granian", "another.library"])
def test_a_line_of_any_logger_says_the_same(capsys, name):
    logs.set_up(LogFormat.JSON, LogLevel.INFO)
    logging.getLogger(name).error("failed: %s", "why")
    [line] = written(capsys)
    assert {name: line[name] for name in ("event", "level", "logger")} == {
        "event": "failed: why", "level": "error", "logger": name,
    }  # fmt: skip
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("log_format", LogFormat)
@given(token=TOKENS, name=st.sampled_from(["portal.x", "a.library"]))
@ANY
def test_no_token_is_written_whatever_carries_it(capsys, log_format, token, name):
    logs.set_up(log_format, LogLevel.DEBUG)
    whole, secret = token
    logger = logging.getLogger(name)
    logger.error("with %s and %r", whole, {"Authorization": f"Bearer {whole}"})
    logger.error({"event": whole, "list": [whole]})
    try:
        try:
            {}[whole]
        except KeyError as error:
            raise RuntimeError(f"/x?key={whole.replace('_', '%5F')}") from error
    except RuntimeError:
        logger.exception("failed")
    said = capsys.readouterr().err
    assert "RuntimeError" in said
    assert secret not in said


@pytest.mark.parametrize("log_format", LogFormat)
@given(text=st.text(min_size=1))
@ANY
def test_nobody_writes_a_line_of_their_own(capsys, log_format, text):
    logs.set_up(log_format, LogLevel.INFO)
    logging.getLogger("portal.x").error("came: %s", text)
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_line_that_cannot_be_made_does_not_show_what_it_was_made_of(capsys):
    logs.set_up(LogFormat.TEXT, LogLevel.INFO)
    record = logging.LogRecord("portal.x", logging.ERROR, "x.py", 1, "%d", ("tidal orchid",), None)
    logging.getLogger().handlers[-1].handle(record)
    assert capsys.readouterr().err == "A log line of portal.x could not be written.\n"


def test_less_than_the_level_is_not_written(capsys):
    logs.set_up(LogFormat.JSON, LogLevel.WARNING)
    logging.getLogger("portal.x").info("unheard")
    logging.getLogger("portal.x").warning("heard")
    assert [line["event"] for line in written(capsys)] == ["heard"]


def test_libraries_are_heard_from_warnings_on(capsys):
    logs.set_up(LogFormat.JSON, LogLevel.DEBUG)
    logging.getLogger("alembic.runtime").info("unheard")
    logging.getLogger("portal.x").debug("heard")
    assert [line["event"] for line in written(capsys)] == ["heard"]
