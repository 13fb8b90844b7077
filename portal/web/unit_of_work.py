"""Where a request's transactions begin and end. Jobs never commit; a door does, here.

A request holds one transaction at a time: reading ends when writing begins. So nothing is written on top of an old
snapshot, and a slow password hash between two units holds nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from portal.extensions import WRITES, db


def reading() -> Session:
    """Return the request's session for reading. It ends with the request, or with the next `writing()`."""
    return db.session()


def stop_reading() -> None:
    """End the request's read transaction, if there is one; rows that were read keep what they hold."""
    db.session.remove()


@contextmanager
def writing() -> Iterator[Session]:
    """Give a fresh session in a write transaction; commit at the end, roll back on any exception.

    Raises:
        Unavailable: another writer held the database for too long.

    """
    stop_reading()
    engine = db.engine.execution_options(**{WRITES: True})
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
