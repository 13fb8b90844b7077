"""Files of people, in a SQLite database of its own; what belongs to nobody is the sample data that everybody sees.

Each call opens and closes its own connection, so threads and processes share nothing but the file. The journal is the
plain one, which needs no checkpoints and suits a store that is written to now and then.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from examples.research_api.stored import Expects, File, NotStored, Stored, StoreFull, StoreUnavailable
from portal import clock
from portal.errors import CannotStart

NOBODY = ""
BUSY_SECONDS = 3
OWNER_BYTES, OWNER_FILES = 4 * 1024 * 1024, 500
STORE_BYTES = 256 * 1024 * 1024  # of all people together: it shares its disk with the portal
_PAGE_BYTES = 4096
_SAMPLE = Path(__file__).with_name("sample")
_TYPES = {".txt": "text/plain; charset=utf-8", ".csv": "text/csv; charset=utf-8", ".json": "application/json"}

_TABLE = """
    CREATE TABLE IF NOT EXISTS file (
        owner TEXT NOT NULL, path TEXT NOT NULL, content_type TEXT NOT NULL, etag TEXT NOT NULL,
        changed_at INTEGER NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (owner, path)
    )
"""
_PUT = """
    INSERT INTO file (owner, path, content_type, etag, changed_at, size, body) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (owner, path) DO UPDATE SET content_type = excluded.content_type, etag = excluded.etag,
        changed_at = excluded.changed_at, size = excluded.size, body = excluded.body
"""
_SEEN = "SELECT path, content_type, etag, changed_at, size FROM file WHERE owner IN (?, '')"
_USED = "SELECT coalesce(sum(size), 0), count(*) FROM file WHERE owner = ? AND path <> ?"
_IN_THE_WAY = "SELECT 1 FROM file WHERE owner = ? AND (instr(path, ? || '/') = 1 OR instr(?, path || '/') = 1) LIMIT 1"


class DataStore:
    """The data store in the SQLite file at `path`, of at most `most_bytes` in all."""

    def __init__(self, path: Path, most_bytes: int = STORE_BYTES) -> None:
        self._path = path
        self._most_pages = most_bytes // _PAGE_BYTES

    def prepare(self, sample: Iterable[File] = ()) -> "DataStore":
        """Make the file and put the sample data into it, and return the store.

        Raises:
            CannotStart: the file cannot be made or is no such store.

        """
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            with self._transaction() as connection:
                connection.execute(_TABLE)
                for file in sample:
                    _put_if_changed(connection, NOBODY, file)
        except (OSError, StoreFull, StoreUnavailable) as error:
            raise CannotStart(f"The sample API's data {self._path} cannot be opened: {error}.") from error
        return self

    def files(self, owner: str, folder: str = "") -> list[Stored]:
        """Return all files that `owner` sees in `folder` and in the folders below it, by path."""
        with self._connection() as connection:
            query = f"{_SEEN} AND instr(path, ?) = 1 ORDER BY path"
            return [Stored(*row) for row in connection.execute(query, (owner, f"{folder}/" if folder else ""))]

    def read(self, owner: str, path: str) -> tuple[Stored, bytes] | None:
        """Return the file that `owner` sees at `path`, and its content."""
        with self._connection() as connection:
            query = "SELECT path, content_type, etag, changed_at, size, body FROM file"
            row = connection.execute(f"{query} WHERE owner IN (?, '') AND path = ?", (owner, path)).fetchone()
            return None if row is None else (Stored(*row[:-1]), row[-1])

    def put(self, owner: str, file: File, expects: Expects = lambda _: True) -> tuple[Stored, bool] | NotStored:
        """Store a file of `owner` when `expects` agrees to the ETag of the one before; return it, and if it is new."""
        with self._transaction() as connection:
            before = _etag(connection, owner, file.path)
            if not expects(before):
                return NotStored.NOT_AS_EXPECTED
            if connection.execute(_IN_THE_WAY, (owner, file.path, file.path)).fetchone():
                return NotStored.IN_THE_WAY
            size, count = connection.execute(_USED, (owner, file.path)).fetchone()
            if size + len(file.body) > OWNER_BYTES or count >= OWNER_FILES:
                return NotStored.OVER_QUOTA
            return _put(connection, owner, file), before is None

    def delete(self, owner: str, path: str, expects: Expects = lambda _: True) -> NotStored | None:
        """Delete a file of `owner` when `expects` agrees to its ETag."""
        with self._transaction() as connection:
            etag = _etag(connection, owner, path)
            if not expects(etag):
                return NotStored.NOT_AS_EXPECTED
            connection.execute("DELETE FROM file WHERE owner = ? AND path = ?", (owner, path))
            return NotStored.NOT_THERE if etag is None else None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(_open(self._path)) as connection:
                connection.execute(f"PRAGMA max_page_count = {self._most_pages}")
                yield connection
        except sqlite3.Error as error:
            is_full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
            raise (StoreFull if is_full else StoreUnavailable)(str(error)) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")  # closing rolls back what did not get here


def sample_files() -> Iterator[File]:
    """Return the data that every account sees from the start."""
    for path in sorted(_SAMPLE.iterdir()):
        yield File(f"sample/{path.name}", _TYPES[path.suffix], path.read_bytes())


def _open(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)


def _etag(connection: sqlite3.Connection, owner: str, path: str) -> str | None:
    row = connection.execute("SELECT etag FROM file WHERE owner = ? AND path = ?", (owner, path)).fetchone()
    return row[0] if row else None


def _etag_of(file: File) -> str:
    return hashlib.sha256(b"\0".join((file.content_type.encode(), file.body))).hexdigest()[:32]


def _put(connection: sqlite3.Connection, owner: str, file: File) -> Stored:
    changed_at = clock.to_milliseconds(clock.now())
    stored = Stored(file.path, file.content_type, _etag_of(file), changed_at, len(file.body))
    connection.execute(_PUT, (owner, *stored, file.body))
    return stored


def _put_if_changed(connection: sqlite3.Connection, owner: str, file: File) -> None:
    if _etag(connection, owner, file.path) != _etag_of(file):
        _put(connection, owner, file)
