"""Puts a backup back. It is unpacked beside the data, as a data folder of its own: a draft, judged and finished there.

Nothing is replaced by what does not fit, nor before every key that was revoked since is revoked in the draft.
"""

import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portal import clock, sqlite
from portal.backup import DATABASE, FORMAT, LABEL, PEPPERS, BackupFault, copy_database
from portal.data_folder import DataFolder
from portal.errors import CannotStart, Unavailable
from portal.keys.peppers import Peppers
from portal.whole_file import replace

_BESIDE = ("-wal", "-shm")
_NONE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, KeyError, TypeError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A backup that was unpacked and found whole: the database and the peppers in `draft` belong together."""

    draft: DataFolder
    made_at: datetime
    revision: str
    peppers: Peppers


@contextmanager
def unpacked(path: Path, folder: DataFolder) -> Iterator[Unpacked]:
    """Unpack the backup at `path` inside `folder`, and clear away at the end what was not put back.

    Raises:
        BackupFault: it is none, or it is damaged.

    """
    place = Path(tempfile.mkdtemp(prefix="restore-", dir=folder.path))
    try:
        yield _judge(path, DataFolder(place))
    finally:
        shutil.rmtree(place)


def revoked_in(database: Path) -> list[str]:
    """Return the public ids of the keys that are revoked in it; none where it is missing or cannot be read."""
    try:
        with closing(sqlite.connect(database, read_only=True)) as connection:
            found = connection.execute("SELECT public_id FROM key WHERE revoked_at IS NOT NULL").fetchall()
    except (Unavailable, sqlite3.Error):
        return []
    return [public_id for (public_id,) in found]


def put_back(draft: DataFolder, folder: DataFolder, *, with_journal: bool) -> Path:
    """Make database, peppers and, if wanted, the journal those of the draft; return where the present ones are kept.

    Nobody may be using the data folder. Every sign-in ends: those that were ended since the backup must not live again.
    That comes first, and the database last: whoever stops halfway has the present database and signs in again.
    """
    _settle(draft.database)
    kept = _keep(folder)
    (folder.path / "secrets" / "session_key").unlink(missing_ok=True)
    replace(folder.peppers, draft.peppers.read_bytes())
    if with_journal:
        replace(folder.journal, draft.journal.read_bytes())
    with suppress(sqlite3.Error):  # it may be damaged: that is what restores are for
        _settle(folder.database)
    shutil.rmtree(folder.usage, ignore_errors=True)  # of keys that the backup may not know
    for ending in _BESIDE:
        _beside(folder.database, ending).unlink(missing_ok=True)
    draft.database.replace(folder.database)
    return kept


def _settle(database: Path) -> None:
    """Move all that was committed into the file itself, so that it can go without the ones beside it."""
    if database.exists():
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with database.open("rb") as file:
            os.fsync(file.fileno())


def _keep(folder: DataFolder) -> Path:
    kept = folder.copies() / f"before-restore-{clock.now():%Y%m%dT%H%M%S%fZ}"
    kept.mkdir(mode=0o700)
    if folder.database.exists():
        _keep_database(folder.database, kept / DATABASE)
    for path in (folder.peppers, folder.journal):
        if path.exists():
            replace(kept / path.name, path.read_bytes())
    return kept


def _keep_database(database: Path, target: Path) -> None:
    try:
        copy_database(database, target)
    except sqlite3.Error:  # no database any more, but it is all there is
        target.unlink(missing_ok=True)
        for ending in ("", *_BESIDE):
            if _beside(database, ending).exists():
                replace(_beside(target, ending), _beside(database, ending).read_bytes())


def _beside(database: Path, ending: str) -> Path:
    return database.with_name(database.name + ending)


def _judge(path: Path, draft: DataFolder) -> Unpacked:
    try:
        with zipfile.ZipFile(path) as archive:
            made_at = _made_at(archive)
            draft.peppers.parent.mkdir(mode=0o700)
            _unpack(archive, DATABASE, draft.database)
            _unpack(archive, PEPPERS, draft.peppers)
        peppers = Peppers(draft.read_peppers())
        return Unpacked(draft, made_at, _revision(draft.database, peppers), peppers)
    except OSError as error:
        raise BackupFault(f"The backup {path} cannot be unpacked: {error.strerror}.") from error
    except (*_NONE, sqlite3.Error, CannotStart) as error:
        raise BackupFault(f"{path} is not a backup of a portal, or it is damaged.") from error


def _made_at(archive: zipfile.ZipFile) -> datetime:
    label = json.loads(archive.read(LABEL))
    if label["format"] != FORMAT:
        raise ValueError(label["format"])
    return clock.from_milliseconds(int(label["made_at"]))


def _unpack(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with archive.open(name) as packed, os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(packed, file)
        file.flush()
        os.fsync(file.fileno())


def _revision(database: Path, peppers: Peppers) -> str:
    """Return the migration at which the database stands, once it is whole and its peppers are these."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        known = dict(connection.execute("SELECT number, fingerprint FROM pepper").fetchall())
    if found != "ok" or not known.items() <= peppers.fingerprints().items():
        raise ValueError(found)
    return str(revision)
