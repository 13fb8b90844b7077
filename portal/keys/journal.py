"""The journal of revocations: a file beside the database that a restored backup cannot turn back.

Each line is a moment in milliseconds since 1970 and a public id. It is written just before the commit, so that the
journal knows every key that is revoked. A line whose commit then failed is read after a restore only.
"""

import logging
import os
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from portal import clock

NAME = "revocations.journal"
_PENDING = "revocations_pending"

_log = logging.getLogger(__name__)


def note(session: Session, public_id: str) -> None:
    """Remember that the session revokes this key; written when it commits, forgotten when it rolls back."""
    session.info.setdefault(_PENDING, []).append(public_id)


def read(path: Path) -> list[str]:
    """Return the public ids in the journal at `path`, each once, in the order of their revocation.

    Raises:
        FileNotFoundError: there is no journal.

    """
    entries = (line.split(" ") for line in path.read_text().splitlines())
    return list(dict.fromkeys(entry[1] for entry in entries if len(entry) == 2))  # noqa: PLR2004  # else cut off by a crash


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    pending: list[str] = session.info.pop(_PENDING, [])
    database = session.get_bind().engine.url.database if pending else None
    if not database:
        return
    moment = clock.to_milliseconds(clock.now())
    try:
        _append(Path(database).with_name(NAME), "".join(f"{moment} {public_id}\n" for public_id in pending))
    except OSError as error:
        _log.error("The journal of revocations cannot be written: %s", error)  # revoking comes first


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _previous: Any) -> None:
    session.info.pop(_PENDING, None)


def _append(path: Path, lines: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "w") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
