"""Puts a backup back. It is unpacked beside the data and judged there: nothing is replaced by what does not fit."""

import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portal import clock
from portal.backup import DATABASE, FORMAT, LABEL, PEPPERS, BackupFault, copy_database
from portal.data_folder import DataFolder, read_peppers
from portal.errors import CannotStart
from portal.keys.peppers import Peppers
from portal.whole_file import replace

_NONE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, KeyError, TypeError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A backup that was unpacked and found whole: database and peppers belong together."""

    path: Path
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
        yield _judge(path, place)
    finally:
        shutil.rmtree(place)


def put_back(backup: Unpacked, folder: DataFolder) -> Path:
    """Make the database and the peppers those of the backup; return the folder in which the present ones are kept.

    Nobody may be using the data folder. Every sign-in ends: those that were ended since the backup must not live again.
    """
    kept = _keep(folder)
    replace(folder.peppers, (backup.path / PEPPERS).read_bytes())
    for ending in ("-wal", "-shm"):
        folder.database.with_name(folder.database.name + ending).unlink(missing_ok=True)
    (backup.path / DATABASE).replace(folder.database)
    (folder.path / "secrets" / "session_key").unlink(missing_ok=True)
    return kept


def _keep(folder: DataFolder) -> Path:
    kept = folder.path / "copies" / f"before-restore-{clock.now():%Y%m%dT%H%M%S%fZ}"
    kept.mkdir(mode=0o700, parents=True)
    if folder.database.exists():
        copy_database(folder.database, kept / DATABASE)
    for path in (folder.peppers, folder.journal):
        if path.exists():
            replace(kept / path.name, path.read_bytes())
    return kept


def _judge(path: Path, place: Path) -> Unpacked:
    try:
        with zipfile.ZipFile(path) as archive:
            made_at = _made_at(archive)
            for name in (DATABASE, PEPPERS):
                _unpack(archive, name, place / name)
        peppers = Peppers(read_peppers(place / PEPPERS))
        return Unpacked(place, made_at, _revision(place / DATABASE, peppers), peppers)
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
