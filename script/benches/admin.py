"""The admin's desk at size: script/bench admin [--keys 1000000 --users 50000] [--postgres] [--only pages hold]."""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from portal.data_folder import DataFolder
from portal.extensions import db
from portal.web.long_acts import carry_out
from portal.web.unit_of_work import writing
from portal.worker.census import take_census
from script.benches import admin_data, admin_export, admin_finders, admin_hold, admin_pages
from script.benches.admin_table import cpu_clock, print_table

PARTS = ("pages", "finders", "hold", "export")


def main() -> None:
    wish = _wish()
    with tempfile.TemporaryDirectory() as temporary:
        if wish.postgres:
            on_postgres(wish, wish.folder or Path(temporary))
        else:
            on_sqlite(wish, wish.folder or Path(temporary), Path(temporary))


def _wish() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench admin", description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--folder", type=lambda text: Path(text).absolute(), help="Keep the data here for the next time."
    )
    parser.add_argument("--postgres", action="store_true", help="Ask the finders on PostgreSQL.")
    parser.add_argument("--cpu", action="store_true", help="Count time of the processor, on a machine that is busy.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    return parser.parse_args()


def on_sqlite(wish: argparse.Namespace, where: Path, temporary: Path) -> None:
    folder, tokens = admin_data.sqlite_folder(where, wish.keys, wish.users)
    app = admin_pages.open_app(folder)
    known = admin_pages.facts(app, tokens[0])
    clock = cpu_clock() if wish.cpu else time.perf_counter
    with app.app_context():
        take_census()  # as the ticker of a server does
    if "pages" in wish.only:
        print_table(list(admin_pages.cases(app, known)), admin_pages.COLUMNS, wish.rounds, clock)
    with app.app_context():
        if "finders" in wish.only:
            cases = list(admin_finders.cases(lambda: Session(db.engine), known))
            print_table(cases, admin_pages.COLUMNS, wish.rounds, clock)
        db.engine.dispose()
    if "hold" in wish.only:
        _hold(DataFolder(shutil.copytree(folder.path, temporary / "copy")), tokens)
    if "export" in wish.only:
        admin_export.measure(folder.path, temporary, known.admin.email)


def _hold(folder: DataFolder, tokens: list[str]) -> None:
    with admin_pages.open_app(folder).app_context():
        with Session(db.engine) as session:
            picked = admin_hold.pick(session, tokens)
        admin_hold.measure(lambda: Session(db.engine), writing, carry_out, picked, "sqlite", str(folder.path))
        db.engine.dispose()


def on_postgres(wish: argparse.Namespace, where: Path) -> None:
    with admin_data.postgres_engine(where, wish.keys, wish.users) as (engine, address, folder, tokens):
        with Session(engine, expire_on_commit=False) as session:
            known = admin_pages.Facts(session, tokens[0])
            process = session.scalar(text("SELECT pg_backend_pid()"))  # the pool has this one, for one at a time
            picked = admin_hold.pick(session, tokens)
        if "finders" in wish.only:
            cases = list(admin_finders.cases(lambda: Session(engine), known))
            clock = cpu_clock(process) if wish.cpu else time.perf_counter
            print_table(cases, admin_pages.COLUMNS, wish.rounds, clock)
        if "hold" in wish.only:
            acting = sessionmaker(engine, expire_on_commit=False).begin
            in_slices = admin_hold.in_slices(acting)
            admin_hold.measure(acting, acting, in_slices, picked, "postgres", str(folder.path), address)


if __name__ == "__main__":
    main()
