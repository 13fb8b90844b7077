"""The id of a request, by which its log lines are found again: a trusted proxy's own, or one that is made."""

import re
import secrets
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from portal.client_ip import Network, peer_is_trusted

CURRENT: ContextVar[str | None] = ContextVar("portal_request_id", default=None)
"""The id of the request that this thread is answering; None outside of one, and where no line needed it."""

_WELL_FORMED = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{7,63}")
_BYTES = 5


def request_id_of(environ: Mapping[str, Any], trusted: Sequence[Network]) -> str:
    """Return the id of the request: its `X-Request-Id`, if a trusted proxy wrote a well-formed one; else a new one."""
    sent = environ.get("HTTP_X_REQUEST_ID")
    if sent and _WELL_FORMED.fullmatch(sent) and peer_is_trusted(environ.get("REMOTE_ADDR"), trusted):
        return str(sent)
    return secrets.token_hex(_BYTES)
