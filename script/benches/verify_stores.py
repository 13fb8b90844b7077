"""Stores of keys, made once in a folder and kept; each run works on a copy, so that all begin with the same."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from portal.config import ROOT
from portal.data_folder import ENGINE_OPTION, DataFolder
from portal.keys.peppers import Peppers
from script.benches.verify_keys import Rules, default_rules, fill, full_rules
from tests.cast import ADA, PASSWORD

PREPARE = "from portal.config import load_settings; from portal.server.prepare import prepare; prepare(load_settings())"
RULES: dict[str, Callable[[], list[Rules]]] = {"default": default_rules, "full": full_rules}


@dataclass(frozen=True)
class Store:
    """A data folder of a portal with keys in its database: the tokens of the living ones, and a revoked one."""

    folder: Path
    rules: list[Rules]
    tokens: list[str]
    revoked: str
    settings: dict[str, str]


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


def prepare(folder: Path, settings: dict[str, str]) -> None:
    """Make a data folder and its database as a first start does, with ada as the first admin."""
    told = {"PORTAL_DATA_DIR": str(folder), "PORTAL_ADMIN_EMAIL": ADA, "PORTAL_ADMIN_PASSWORD": PASSWORD}
    command = [sys.executable, "-P", "-c", PREPARE]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment |= {"PYTHONPATH": str(ROOT), "PORT": "0"} | told | settings
    environment.pop("PORT")
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
            print(f"\rmaking {folder.name}: {len(made):,} keys", end="", flush=True)
    _settle(engine.dialect.name, engine)
    engine.dispose()
    tokens.write_text("\n".join(made))
    print(f" in {time.perf_counter() - begun:.0f} s")


def _settle(dialect: str, engine: object) -> None:
    """Leave the database as one is that has stood for a while: nothing in its log, and its tables counted."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DELETE FROM key_change"))  # what came of filling; a portal forgets it in time
        if dialect == "sqlite":
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        else:
            connection.execute(text("VACUUM ANALYZE"))
