"""The journal of revocations: a file beside the database that a restored backup cannot turn back.

Its first line says whose it is and since when it is kept; each other line is a moment in milliseconds since 1970 and
a public id. It is written just before the commit, so that it knows every key that is revoked; where a commit then
failed, or a full disk kept a line out, `keys/reconcile.py` makes journal and database agree. Nothing but `begin` makes
the file: a journal that was lost begins anew, and does not pass for one that knows what was revoked before.
"""

import logging
import os
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from portal import clock
from portal.data_folder import ENGINE_OPTION, DataFolder
from portal.errors import Refused
from portal.keys.peppers import Peppers
from portal.pending import Pending
from portal.whole_file import write_new

_HEAD = re.compile(r"journal (?P<whose>[0-9a-f]+) (?P<since>\d+)")

_log = logging.getLogger(__name__)


def note(session: Session, public_id: str) -> None:
    """Remember that the session revokes this key; written when it commits, forgotten when it rolls back."""
    _pending.add(session, public_id)


def begin(path: Path, peppers: Peppers) -> bool:
    """Make the journal of the installation with these peppers; return False when there is one already."""
    return write_new(path, f"journal {_whose(peppers)} {clock.to_milliseconds(clock.now())}".encode())


def check(path: Path, peppers: Peppers, since: datetime) -> Refused | None:
    """Say whether the journal knows every key of the installation that was revoked since that moment.

    Refuses with journal-missing, journal-foreign (another installation's, or no journal at all), or journal-younger
    when it was begun later.
    """
    if not path.is_file():
        return Refused("journal-missing")
    head = _head(path, peppers)
    if head is None:
        return Refused("journal-foreign")
    if clock.from_milliseconds(int(head["since"])) > since:
        return Refused("journal-younger")
    return None


def is_own(path: Path, peppers: Peppers) -> bool:
    """Return whether there is a journal, and it is the one of the installation with these peppers."""
    return _head(path, peppers) is not None


def read(path: Path) -> list[str]:
    """Return the public ids in the journal, each once, in the order of their revocation; none when there is no file."""
    try:
        entries = [line.split(" ") for line in path.read_text(errors="replace").splitlines()]
    except OSError:
        return []
    return list(dict.fromkeys(entry[1] for entry in entries if len(entry) == 2))  # noqa: PLR2004  # else cut off by a crash


def add(path: Path, public_ids: Iterable[str]) -> None:
    """Add lines for keys that are revoked now. A journal that cannot be written is logged: revoking comes first."""
    moment = clock.to_milliseconds(clock.now())
    lines = "".join(f"\n{moment} {public_id}" for public_id in public_ids)
    try:
        if lines:
            _append(path, lines)
    except OSError as error:
        _log.error("The journal of revocations cannot be written: %s", error)


def _head(path: Path, peppers: Peppers) -> re.Match[str] | None:
    try:
        head = _HEAD.fullmatch(path.read_text(errors="replace").partition("\n")[0])
    except OSError:
        return None
    return head if head is not None and head["whose"] == _whose(peppers) else None


def _whose(peppers: Peppers) -> str:
    fingerprints = peppers.fingerprints()
    return fingerprints[min(fingerprints)].hex()  # the first pepper stays when others come


def _write(session: Session, public_ids: list[str]) -> None:
    folder: DataFolder | None = session.get_bind().engine.get_execution_options().get(ENGINE_OPTION)
    if folder is None:
        _log.error("The journal of revocations cannot be written: the engine was bound without a data folder")
        return
    add(folder.journal, public_ids)


def _append(path: Path, lines: str) -> None:
    """Add lines. Each brings its own beginning, so that one that a crash cut off does not spoil the next."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "w") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


_pending = Pending("revocations_pending", _write)
