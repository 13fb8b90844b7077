"""The API credentials page of one person, by how many keys they have: server time, size and queries."""

import logging
import statistics
import tempfile
import time
from pathlib import Path

import flask_migrate
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal import clock, create_app
from portal.accounts import membership, passwords
from portal.accounts.models import Person
from portal.audit.events import SHELL
from portal.config import ROOT, Settings
from portal.data_folder import DataFolder
from portal.extensions import db
from portal.keys.models import KeyLastUsed
from portal.keys.peppers import Peppers
from portal.site.settings import DAY
from tests.cast import ALICE, PASSWORD
from tests.conftest import bare_app
from tests.support.issue_key import issue_key
from tests.support.visitor import LIST, Visitor

ROUNDS = 40


def main() -> None:
    print("| keys | median ms | p95 ms | bytes | queries |\n|---|---|---|---|---|")
    for keys in (1, 25, 1000):
        with tempfile.TemporaryDirectory() as folder:
            print(measure(Path(folder), keys))


def measure(path: Path, keys: int) -> str:
    folder = DataFolder(path)
    folder.prepare()
    with bare_app(path).app_context():
        flask_migrate.upgrade(str(ROOT / "migrations"))
        db.engine.dispose()
    app = create_app(Settings(PORTAL_DATA_DIR=path))  # type: ignore[call-arg]
    logging.disable()
    with app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        alice = fill(session, Peppers(folder.read_peppers()), keys)
        engine = db.engine
    visitor = Visitor(app.test_client()).sign_in(alice)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    times = sorted(timed(visitor) for _ in range(ROUNDS))
    selects = sum(statement.startswith("SELECT") for statement in statements) // ROUNDS
    size = len(visitor.get(LIST).data)
    engine.dispose()
    return f"| {keys} | {statistics.median(times):.1f} | {times[int(ROUNDS * 0.95)]:.1f} | {size} | {selects} |"


def fill(session: Session, peppers: Peppers, keys: int) -> Person:
    alice = membership.create(session, SHELL, ALICE, passwords.hash_password(PASSWORD))
    assert isinstance(alice, Person)
    for number in range(keys):
        ends = clock.now() + 90 * DAY
        issued = issue_key(session, alice, f"key {number}", peppers)
        issued.key.expires_at = ends
        session.merge(KeyLastUsed(used=True, key_id=issued.key.id, at=clock.now(), address="10.0.0.1"))
    session.commit()
    return alice


def timed(visitor: Visitor) -> float:
    begun = time.perf_counter()
    assert visitor.get(LIST).status_code == 200  # noqa: PLR2004
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
