"""An installation in SQLite with something in every table, and an empty PostgreSQL to move it to."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from portal import clock
from portal.accounts import banners, sessions
from portal.audit.events import SHELL
from portal.data_folder import DataFolder
from portal.downloads import added
from portal.downloads.wanted import WantedFormat
from portal.keys import lifecycle, rotation, session_keys
from portal.move.schema import make_tables
from portal.move.tables import LEFT_OUT, REVISION
from portal.move.target import Target
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings
from tests.cli.conftest import complaint, shell  # noqa: F401  # fixtures
from tests.handover.conftest import add, galaxy  # noqa: F401  # fixtures
from tests.support import postgres

_numbers = count()


class Place:
    """A database on the tests' own PostgreSQL."""

    def __init__(self, socket: Path, name: str) -> None:
        self.name = name
        self.url = f"postgresql+psycopg://portal:sesame@/{name}?host={socket}"
        self.address = f"host={socket} user=portal dbname={name}"

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.address, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def rows(self) -> dict[str, int]:
        """How many rows each table that is moved has, of those that have any; none where there is no table."""
        names = [name for (name,) in self.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        counts = {name: self.ask(f'SELECT count(*) FROM "{name}"')[0][0] for name in names}
        return {name: number for name, number in counts.items() if number and name not in {*LEFT_OUT, REVISION}}

    def wait_until_left(self) -> None:
        """Wait until no other process is in the database: one that was killed is noticed a moment later."""
        self.ask(
            "DO $$ BEGIN WHILE EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend') "
            "LOOP PERFORM pg_sleep(0.02); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$"
        )


@pytest.fixture(scope="session")
def socket(migrated_folder: Path) -> Iterator[Path]:
    """The folder of the socket of a server with a database that has the tables and no rows, `migrated`."""
    if postgres.IS_MISSING:
        pytest.skip("PostgreSQL is missing; script/setup --system installs it.")
    with postgres.server() as socket:
        with psycopg.connect(f"host={socket} user=portal dbname=postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE migrated")
        make_tables(Target(Place(socket, "migrated").url), DataFolder(migrated_folder))
        yield socket


@pytest.fixture
def make_place(socket: Path) -> Iterator[Callable[..., Place]]:
    """Make a database: `make_place("TEMPLATE migrated")`."""
    made = []
    with psycopg.connect(f"host={socket} user=portal dbname=postgres", autocommit=True) as connection:

        def make(options: str = "") -> Place:
            place = Place(socket, f"moved_{next(_numbers)}")
            connection.execute(f"CREATE DATABASE {place.name} {options}")
            made.append(place.name)
            return place

        yield make
        for name in made:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    """An empty database."""
    return make_place()


@pytest.fixture
def lived_in(session, peppers, alice, bob, as_alice, issue, galaxy) -> SimpleNamespace:  # noqa: F811
    """A key of each kind and state, and a row in tables that `flask devdata` leaves empty; tokens by name."""
    site = SiteSettings()
    tokens = {name: issue(alice, name) for name in ("default", "revoked", "rotated", "paused", "limited")}
    keys = {name: key for name, (key, _token) in tokens.items()}
    tokens = {name: token for name, (_key, token) in tokens.items()}
    lifecycle.revoke(session, as_alice, keys["revoked"], "Zürich, ☂ and 𝄞")
    lifecycle.pause(session, as_alice, keys["paused"])
    overlap = clock.now() + timedelta(days=1)
    rotated = rotation.rotate(session, as_alice, keys["rotated"], overlap, peppers=peppers, site=site)
    tokens["new of rotated"] = str(rotated.token)
    _key, tokens["any"] = issue(bob, "any", policy=Policy.read({"resources": ["collection://*"]}))
    browser = sessions.open_for(session, as_alice, alice, "Firefox")
    made = session_keys.issue(session, as_alice, browser.sign_in, "Session", prefix="ptl", peppers=peppers, site=site)
    tokens["session"] = str(made.token)
    banners.tell(session, alice.id, "key-revoked-by-admin", name="an old one", reason="")
    wanted = WantedFormat("own", "own.txt", "Our own", "shell", "$token\n")
    assert added.add(session, SHELL, wanted) is None
    numbers = {"key": keys["limited"].id, "person": alice.id, "app": galaxy.app.id}
    for statement in _OTHERS:
        session.execute(text(statement), numbers)
    session.commit()
    return SimpleNamespace(tokens=tokens, keys=keys)


_OTHERS = (
    "INSERT INTO quota (key_id, window, used) VALUES (:key, '2026-11', 17), (:key, 'ähnlich', 3), (:key, 'Z', 1)",
    "INSERT INTO secret_leak (digest, key_id, at, address, calls) VALUES (x'00ff5c0a09', :key, 1, NULL, 2)",
    "INSERT INTO secret_last_used (digest, key_id, at, address, calls) VALUES (x'0102', :key, 1, '::1', 9)",
    "INSERT INTO usage_batch (spool, names) VALUES ('somewhere', '[]')",
    "INSERT INTO census (id, at, body) VALUES (1, 1, '{}')",
    "INSERT INTO long_act (id, act, at, actor, ids, done, changed, untold) VALUES (9, 'x', 1, 'x', '[]', 0, 0, '[]')",
    "INSERT INTO outbox (id, recipient, subject, body, made_at, tries) VALUES (5, 'a', '\\N', 'a\tb\\\r\n', 1, 0)",
    "INSERT INTO sign_in_try (bucket, at) VALUES ('x', 1)",
    "INSERT INTO site (name, value, version) VALUES ('longest_days', '\"300\"', 1)",
    "INSERT INTO app_code (digest, app_id, person_id, ends_at) VALUES (zeroblob(32), :app, :person, 1)",
    "INSERT INTO invitation (token_hash, email, is_admin, made_at, ends_at) VALUES (x'01', 'x@example.org', 1, 1, 2)",
)
