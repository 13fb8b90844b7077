"""A backup: the database and the peppers of a data folder, in one archive that its owner alone can read."""

import json
import os
import secrets
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portal import clock
from portal.data_folder import DataFolder
from portal.errors import PortalError

_DATABASE, _PEPPERS, _LABEL = "portal.db", "peppers.json", "backup.json"
_FORMAT = 1


class BackupFault(PortalError):
    """A backup cannot be made or read; the message is one line."""

    slug = "backup"
    title = "The backup cannot be used"


@dataclass(frozen=True, slots=True)
class Backup:
    """An archive that was opened and found whole."""

    path: Path
    made_at: datetime


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as one consistent whole, also while it is in use; the copy is readable by its owner only."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)


def write(folder: DataFolder, path: Path) -> None:
    """Write a backup of `folder` to `path`, which must not exist.

    Raises:
        BackupFault: it exists or cannot be written.

    """
    copy, draft = (path.with_name(f"{path.name}.{secrets.token_hex(4)}{ending}") for ending in (".db", ".part"))
    label = json.dumps({"format": _FORMAT, "made_at": clock.to_milliseconds(clock.now())})
    try:
        copy_database(folder.database, copy)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(copy, _DATABASE)
            archive.write(folder.peppers, _PEPPERS)  # after the database: it knows every pepper that the copy knows
            archive.writestr(_LABEL, label)
        os.link(draft, path)  # whole or not at all, and never over another one
    except OSError as error:
        raise BackupFault(f"The backup {path} cannot be written: {error.strerror}.") from error
    finally:
        copy.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)


def check(path: Path) -> Backup:
    """Return the backup at `path`.

    Raises:
        BackupFault: it is none, or it is damaged.

    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            label = json.loads(archive.read(_LABEL))
            names = set(archive.namelist())
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise BackupFault(f"{path} is not a backup of a portal.") from error
    if damaged or not {_DATABASE, _PEPPERS} <= names or label.get("format") != _FORMAT:
        raise BackupFault(f"The backup {path} is damaged or of another form.")
    return Backup(path, clock.from_milliseconds(int(label["made_at"])))


def put_back(backup: Backup, folder: DataFolder) -> Path:
    """Make the database and the peppers those of the backup; return the folder in which the present ones are kept.

    Nobody may be using the data folder. Every sign-in ends: those that were ended since the backup must not live again.
    """
    kept = folder.path / "copies" / f"before-restore-{clock.now():%Y%m%dT%H%M%SZ}"
    kept.mkdir(mode=0o700, parents=True)
    if folder.database.exists():
        copy_database(folder.database, kept / _DATABASE)
    (kept / _PEPPERS).write_bytes(folder.peppers.read_bytes())
    (kept / _PEPPERS).chmod(0o600)
    with zipfile.ZipFile(backup.path) as archive:
        _replace(folder.peppers, archive.read(_PEPPERS))
        for ending in ("-wal", "-shm"):
            folder.database.with_name(folder.database.name + ending).unlink(missing_ok=True)
        _replace(folder.database, archive.read(_DATABASE))
    (folder.path / "secrets" / "session_key").unlink(missing_ok=True)
    return kept


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
