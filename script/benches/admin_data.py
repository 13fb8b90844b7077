"""A filled database for the bench of the admin's pages: made once in a folder, and found there the next time."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import psycopg
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from portal.accounts import passwords
from portal.audit.events import SHELL
from portal.config import ROOT
from portal.data_folder import ENGINE_OPTION, DataFolder
from portal.devdata import filling
from portal.devdata.filling import Filling
from portal.devdata.scene import Wish
from portal.extensions import db
from portal.keys import journal
from portal.keys.known_peppers import recognize
from portal.keys.peppers import Peppers
from tests.cast import PASSWORD
from tests.conftest import bare_app
from tests.postgres.conftest import libpq_address, migrate, sqlalchemy_address
from tests.support import postgres

TOKENS = 1_000


def sqlite_folder(where: Path, keys: int, users: int) -> tuple[DataFolder, list[str]]:
    """Return a data folder with that many keys and people, filled by `flask devdata`, and some tokens."""
    folder = DataFolder(where / f"sqlite-{keys}-{users}")
    tokens = folder.path.with_suffix(".tokens")
    if not tokens.exists():
        begun = time.perf_counter()
        environment = os.environ | {"PORTAL_DATA_DIR": str(folder.path)}
        command = [".venv/bin/flask", "devdata", "--keys", str(keys), "--users", str(users), "--tokens", str(tokens)]
        command.append("--password-stdin")
        subprocess.run(command, cwd=ROOT, env=environment, input=PASSWORD, text=True, check=True)  # noqa: S603  # our own
        size = folder.database.stat().st_size / 1e6
        print(f"\nFilled in {time.perf_counter() - begun:.0f} s; the database has {size:,.0f} MB.")
    else:
        with bare_app(folder.path).app_context():
            flask_migrate.upgrade(str(ROOT / "migrations"))
            db.engine.dispose()
    return folder, tokens.read_text().split()


@contextmanager
def postgres_engine(where: Path, keys: int, users: int) -> Iterator[tuple[Engine, str, DataFolder, list[str]]]:
    """Give a PostgreSQL with that many keys and people: an engine, the address for psycopg, data folder and tokens."""
    folder = DataFolder(where / f"postgres-{keys}-{users}")
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.prepare()
    with postgres.kept(where / f"pg-{keys}-{users}") as socket:
        tokens = folder.path.with_suffix(".tokens")
        if not tokens.exists():
            with psycopg.connect(f"host={socket} user=portal dbname=postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE bench")
        migrate(libpq_address(socket, "bench"), folder)
        engine = create_engine(sqlalchemy_address(socket, "bench"), execution_options={ENGINE_OPTION: folder})
        if not tokens.exists():
            tokens.write_text("\n".join(_fill(engine, folder, keys, users)))
        yield engine, f"host={socket} user=portal dbname=bench", folder, tokens.read_text().split()
        engine.dispose()


def _fill(engine: Engine, folder: DataFolder, keys: int, users: int) -> list[str]:
    begun, peppers = time.perf_counter(), Peppers(folder.read_peppers())
    journal.begin(folder.journal, peppers)
    wish = Wish(keys, users, 1, passwords.hash_password(PASSWORD), "ptl", peppers, TOKENS)
    with Session(engine) as session:
        recognize(session, peppers)
        fill = filling.begin(session, SHELL, wish)
        assert isinstance(fill, Filling), fill
        session.commit()
        for number in range(fill.slices):
            fill.write_next(session)
            session.commit()
            print(f"\rslice {number + 1} of {fill.slices}", end="", flush=True)
        fill.finish(session, SHELL)
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        size = connection.scalar(text("SELECT pg_database_size('bench')")) / 1e6
    print(f"\nFilled in {time.perf_counter() - begun:.0f} s; the database has {size:,.0f} MB.")
    return fill.tokens
