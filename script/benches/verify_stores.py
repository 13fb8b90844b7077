"""Stores of keys, made once in a folder and kept; each run works on a copy, so that all begin with the same."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from portal.config import ROOT
from portal.data_folder import ENGINE_OPTION, DataFolder
from portal.keys.peppers import Peppers
from script.benches.verify_keys import Rules, default_rules, fill, full_rules
from script.benches.verify_wrk import Failed
from tests.cast import ADA, PASSWORD
from tests.server.house import free_port
from tests.support import postgres

PREPARE = "from portal.config import load_settings; from portal.server.prepare import prepare; prepare(load_settings())"
# A portal forgets most of what came of filling in time.
FORGET_FILLING = "DELETE FROM key_change WHERE seq < (SELECT max(seq) FROM key_change)"
RULES: dict[str, Callable[[], list[Rules]]] = {"default": default_rules, "full": full_rules}


@dataclass(frozen=True)
class Store:
    """A data folder of a portal with keys in its database: the tokens of the living ones, and a revoked one."""

    folder: Path
    rules: list[Rules]
    tokens: list[str]
    revoked: str
    settings: dict[str, str]
    beside: tuple[int, ...] = ()


def sqlite_store(kept: Path, run: Path, kind: str, keys: int) -> Store:
    """Return a copy, in the folder `run`, of the store with that many keys of that kind of rules."""
    name = f"sqlite-{kind}-{keys}"
    folder, tokens = kept / name, kept / f"{name}.tokens"
    if not tokens.exists():
        shutil.rmtree(folder, ignore_errors=True)  # of a fill that was stopped half way
        prepare(folder, {})
        address = f"sqlite:///{DataFolder(folder).database}"
        _fill(address, folder, tokens, keys, RULES[kind]())
    copy = run / name
    if not copy.exists():
        shutil.copytree(folder, copy)
    *living, revoked = tokens.read_text().split()
    return Store(copy, RULES[kind](), living, revoked, {})


class Cluster:
    """A PostgreSQL of the bench's own in the folder `kept`, as Debian sets one up; stop it by leaving `stack`."""

    def __init__(self, kept: Path, stack: ExitStack) -> None:
        if postgres.IS_MISSING:
            raise Failed("PostgreSQL is missing: script/setup --system installs it")
        self._socket = stack.enter_context(postgres.kept(kept / "pg", is_durable=True))
        self.pid = int((kept / "pg" / "data" / "postmaster.pid").read_text().split()[0])

    def store(self, kept: Path, run: Path, kind: str, keys: int) -> Store:
        """Return a copy of the store with that many keys of that kind of rules."""
        name = f"{kind}_{keys}"
        folder, tokens = kept / f"postgres-{name}", kept / f"postgres-{name}.tokens"
        if not tokens.exists():
            shutil.rmtree(folder, ignore_errors=True)
            self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
            prepare(folder, {"PORTAL_DATABASE_URL": self._url(name)})
            _fill(self._url(name), folder, tokens, keys, RULES[kind]())
        copied = f"run_{name}"
        if not (run / folder.name).exists():
            shutil.copytree(folder, run / folder.name)
            self._execute(
                f"DROP DATABASE IF EXISTS {copied} WITH (FORCE)",
                f"CREATE DATABASE {copied} TEMPLATE {name}",
                "CHECKPOINT",
            )
        *living, revoked = tokens.read_text().split()
        settings = {"PORTAL_DATABASE_URL": self._url(copied)}
        return Store(run / folder.name, RULES[kind](), living, revoked, settings, (self.pid,))

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://portal@/{database}?host={self._socket}"

    def _execute(self, *statements: str) -> None:
        with psycopg.connect(f"host={self._socket} user=portal dbname=postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]


def prepare(folder: Path, settings: dict[str, str]) -> None:
    """Make a data folder and its database as a first start does, with ada as the first admin."""
    told = {"PORTAL_DATA_DIR": str(folder), "PORTAL_ADMIN_EMAIL": ADA, "PORTAL_ADMIN_PASSWORD": PASSWORD}
    command = [sys.executable, "-P", "-c", PREPARE]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment |= {"PYTHONPATH": str(ROOT), "PORT": str(free_port())} | told | settings
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(done.stderr)


def _fill(address: str, folder: Path, tokens: Path, keys: int, rules: list[Rules]) -> None:
    begun, made = time.perf_counter(), []
    engine = create_engine(address, execution_options={ENGINE_OPTION: DataFolder(folder)})
    peppers = Peppers(DataFolder(folder).read_peppers())
    with Session(engine) as session:
        for part in fill(session, peppers, keys, rules):
            session.commit()
            made += part
            print(f"\rmaking {folder.name}: {len(made):,} keys", end="", file=sys.stderr, flush=True)
    _settle(engine.dialect.name, engine)
    engine.dispose()
    tokens.write_text("\n".join(made))
    print(f" in {time.perf_counter() - begun:.0f} s", file=sys.stderr)


def _settle(dialect: str, engine: object) -> None:
    """Leave the database as one is that has stood for a while: nothing in its log, and its tables counted."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(FORGET_FILLING))
        if dialect == "sqlite":
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        else:
            connection.execute(text("VACUUM ANALYZE"))
