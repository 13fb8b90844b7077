"""What has to hold before anything is served. Each step is quick when there is nothing to do."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import URL

from portal import extensions, sqlite
from portal.config import Settings
from portal.data_folder import DataFolder
from portal.errors import CannotStart, Refused
from portal.extensions import db
from portal.keys.known_peppers import recognize
from portal.keys.peppers import Peppers
from portal.server.first_admin import make_first_admin
from portal.server.migrations import bring_up_to_date
from portal.server.ports import check_free, resolve
from portal.server.supervisor import Plan
from portal.server.voice import say
from portal.web.unit_of_work import writing


def prepare(settings: Settings) -> Plan:
    """Make ready all that the settings ask for, and return what to serve.

    Raises:
        CannotStart: something does not fit; the message is one line.

    """
    address = resolve(settings.host)
    check_free(address, settings.port, "PORT")
    check_free(address, settings.lane_port, "PORTAL_VERIFY_PORT")
    folder = DataFolder(settings.data_dir.absolute())
    if not folder.database.exists():
        say(f"Making the data folder {folder.path} …")
    folder.prepare()
    with _one_at_a_time(folder), _bound_app(folder).app_context():
        prepare_database(folder)
        make_first_admin(settings)
        db.engine.dispose()
    say(_about_sqlite())
    return Plan(address, settings.port, settings.lane_port, settings.workers, _banner(settings, address))


def prepare_database(folder: DataFolder) -> None:
    """Apply the migrations and check that the peppers are this database's; an app context must be open.

    Raises:
        CannotStart: the database or the pepper file does not fit.

    """
    bring_up_to_date(db.engine, folder.database)
    peppers = Peppers(folder.read_peppers())
    with writing() as session:
        refused = recognize(session, peppers)
    if isinstance(refused, Refused):
        what = "is missing from it" if refused.reason == "pepper-missing" else "is another one in it"
        raise CannotStart(
            f"The pepper file {folder.peppers} does not fit the database: pepper {refused.detail['number']}, "
            f"which keys were made with, {what}. Put the right file back."
        )


@contextmanager
def _one_at_a_time(folder: DataFolder) -> Iterator[None]:
    """Let servers that start at the same moment on one folder take turns: schema and admin are made once."""
    file = os.open(folder.path / "prepare.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _bound_app(folder: DataFolder) -> Flask:
    """Return the least of an app that the migrations need: no pages, no sign-in, so a start stays quick."""
    app = Flask("portal")
    app.config["SQLALCHEMY_DATABASE_URI"] = URL.create("sqlite", database=str(folder.database))
    extensions.bind_database(app)
    return app


def _about_sqlite() -> str:
    if not sqlite.has_wal_reset_bug():
        return f"SQLite {sqlite3.sqlite_version}."
    return (
        f"SQLite {sqlite3.sqlite_version} has the WAL-reset bug; one lock around every write keeps it harmless "
        "(docs/adr/0005-sqlite.md)."
    )


def _banner(settings: Settings, address: str) -> tuple[str, ...]:
    host = f"[{address}]" if ":" in address else address
    return (
        f"{settings.site_name} is ready.",
        f"  Address       {settings.site_url}",
        f"  Sign in       {settings.site_url}/sign-in",
        f"  API endpoint  {settings.endpoint_url}",
        f"  Verification  http://{host}:{settings.lane_port}",
        "Ctrl-C stops it.",
    )
