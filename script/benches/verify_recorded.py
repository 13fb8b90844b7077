"""Was every answer written down? One that is quick because it is not counted would not be the same thing."""

import sqlite3
import time
from contextlib import closing

import psycopg

from portal.data_folder import DataFolder
from script.benches.verify_stores import Store

LET_IN = "SELECT coalesce(sum(calls), 0) FROM access WHERE reason IS NULL"
PATIENCE_SECONDS = 30.0


def count(store: Store) -> int:
    """Return how many requests the store says were let in."""
    url = store.settings.get("PORTAL_DATABASE_URL")
    if url is None:
        with closing(sqlite3.connect(DataFolder(store.folder).database)) as connection:
            return int(connection.execute(LET_IN).fetchone()[0])
    with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:")) as connection:
        return int(connection.execute(LET_IN).fetchone()[0])


def said(store: Store, asked: int) -> str:
    """Return what the table says of so many answers; waits for what is still to be written."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := count(store)) < asked and time.monotonic() < deadline:
        time.sleep(1)
    if found < asked:
        return f"**{asked - found:,} of {asked:,} not recorded**"
    return "all recorded"
