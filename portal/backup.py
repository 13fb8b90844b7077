"""A backup: the database and the peppers of a data folder, in one archive that its owner alone can read.

`portal/restore.py` puts it back.
"""

import json
import os
import secrets
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from portal import clock
from portal.data_folder import DataFolder
from portal.errors import PortalError

DATABASE, PEPPERS, LABEL = "portal.db", "peppers.json", "backup.json"
FORMAT = 1


class BackupFault(PortalError):
    """A backup cannot be made or read; the message is one line."""

    slug = "backup"
    title = "The backup cannot be used"


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
    label = json.dumps({"format": FORMAT, "made_at": clock.to_milliseconds(clock.now())})
    try:
        copy_database(folder.database, copy)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(copy, DATABASE)
            archive.write(folder.peppers, PEPPERS)  # after the database: it knows every pepper that the copy knows
            archive.writestr(LABEL, label)
        os.link(draft, path)  # whole or not at all, and never over another one
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise BackupFault(f"The backup {path} cannot be written: {why}.") from error
    finally:
        copy.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)
