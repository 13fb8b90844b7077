"""Records on their way to the database: batches, one file each, in a folder that one process tends.

To write a file takes a process that serves requests a thousandth of the time that a database takes, and what was
written outlives its writer. One process, the storer, adds the batches up and stores them: see `storer`.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from portal.file_lock import FileLock
from portal.usage.line import Row, rows_of

MOST_BYTES = 256 * 1024 * 1024
_ENDING = ".batch"
_DRAFT_SECONDS = 60.0


class Stored(NamedTuple):
    """The batches of a spool that one transaction stored: kept with them, so that none is stored twice."""

    spool: str
    names: tuple[str, ...]


class Spool:
    """The batches that wait in `folder`, which is made on first use."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes

    @property
    def id(self) -> str:
        """What tells this spool apart from those of other machines with the same database."""
        path = self._folder / "id"
        if not path.exists():
            self._folder.mkdir(mode=0o700, exist_ok=True)
            _write_whole(path, [secrets.token_hex(8)])
        return path.read_text().strip()

    def is_tended(self) -> bool:
        """Return whether a storer is there, who will store what is put in."""
        try:
            file = os.open(self._lock_file, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False

    def tend(self) -> FileLock:
        """Return the lock that its storer holds."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return FileLock(self._lock_file)

    def put(self, lines: Sequence[str]) -> None:
        """Write a batch, as a whole or not at all; raises OSError, also where too much is waiting already."""
        if self.bytes_waiting() > self._most_bytes:
            raise OSError(f"More than {self._most_bytes} bytes are waiting in {self._folder}")
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}{_ENDING}"
        _write_whole(self._folder / name, lines)

    def waiting(self) -> list[str]:
        """Return the names of the batches, oldest first."""
        try:
            return sorted(name for name in os.listdir(self._folder) if name.endswith(_ENDING))
        except FileNotFoundError:
            return []

    def read(self, name: str) -> list[Row]:
        """Return what a batch counts: folds, calls, and when the last was. Raises ValueError, TypeError or KeyError."""
        with (self._folder / name).open() as lines:
            return [row for line in lines for row in rows_of(line)]

    def clear_away(self) -> None:
        """Remove drafts whose writers were killed; for whoever tends the spool."""
        for path in self._folder.glob("*.part"):
            if time.time() - path.stat().st_mtime > _DRAFT_SECONDS:
                path.unlink(missing_ok=True)

    def remove(self, names: Sequence[str]) -> None:
        """Take batches away that are stored."""
        for name in names:
            (self._folder / name).unlink(missing_ok=True)

    def bytes_waiting(self) -> int:
        """Return how much lies here."""
        return sum(_size(self._folder / name) for name in self.waiting())

    @property
    def _lock_file(self) -> Path:
        return self._folder / "storer.lock"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # stored meanwhile
        return 0


def _write_whole(path: Path, lines: Sequence[str]) -> None:
    """Write a file that its owner alone can read. It has its name only once it is whole."""
    draft = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("".join([f"{line}\n" for line in lines]))
        draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
