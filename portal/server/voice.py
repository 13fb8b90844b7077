"""How the server speaks to the person who started it: one plain line at a time."""

import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from portal.redaction import redact


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    _write(sys.stdout, _as_asked(line, "info"))


def complain(line: str) -> None:
    """Print a line about something that has to be mended."""
    _write(sys.stderr, _as_asked(line, "error"))


def _write(stream: TextIO, line: str) -> None:
    with suppress(OSError):  # the disk is full that the log lies on: nothing may stop by that
        stream.write(f"{line}\n")
        stream.flush()


def _as_asked(line: str, level: str) -> str:
    """Return the line as PORTAL_LOG_FORMAT has it: like `portal.logs`, without its libraries."""
    line = redact(line)
    if os.environ.get("PORTAL_LOG_FORMAT") != "json":
        return line
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return json.dumps({"event": line, "level": level, "logger": "portal.server", "timestamp": at})
