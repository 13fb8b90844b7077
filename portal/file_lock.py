"""A lock between processes: a file that one of them holds."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE_SECONDS = 0.002


class FileLock:
    """The lock on the file at `path`. One holder has it at a time; the kernel gives it back when the holder ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self, seconds: float = 0) -> bool:
        """Try for the lock for so many seconds; return whether it is held, also when it was held before."""
        deadline = time.monotonic() + seconds
        while not self._take(fcntl.LOCK_EX | fcntl.LOCK_NB):
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE_SECONDS)
        return True

    def is_free(self) -> bool:
        """Return whether nobody holds it, this object neither."""
        if self._file is not None or not self.take():
            return False
        self.release()
        return True

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock, however long, and hold it for a while."""
        self._take(fcntl.LOCK_EX)
        try:
            yield
        finally:
            self.release()

    def _take(self, how: int) -> bool:
        if self._file is not None:
            return True
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, how)
        except BlockingIOError:
            os.close(file)
            return False
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return True
