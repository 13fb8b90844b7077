"""How the server speaks to the person who started it: one plain line at a time."""

import json
import os
import sys
from datetime import UTC, datetime

from portal.redaction import redact


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(f"{_as_asked(line, 'info')}\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    """Print a line about something that has to be mended."""
    sys.stderr.write(f"{_as_asked(line, 'error')}\n")
    sys.stderr.flush()


def _as_asked(line: str, level: str) -> str:
    """Return the line as PORTAL_LOG_FORMAT has it: like `portal.logs`, without its libraries."""
    line = redact(line)
    if os.environ.get("PORTAL_LOG_FORMAT") != "json":
        return line
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return json.dumps({"event": line, "level": level, "logger": "portal.server", "timestamp": at})
