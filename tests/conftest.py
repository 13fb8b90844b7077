"""A portal of its own for each test: a data folder, a migrated database, an app and the cast."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import bcrypt
import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.accounts import membership, passwords
from portal.accounts.models import Person
from portal.audit.events import SHELL, Actor
from portal.config import ROOT, Settings
from portal.data_folder import DataFolder
from portal.extensions import bind_database, db
from portal.gateway import opening
from portal.keys import journal
from portal.keys.peppers import Peppers
from portal.verification.store_cached import CachedStore
from tests import cast
from tests.support import worked_out
from tests.support.visitor import PARTIAL, Visitor

for name in [name for name in os.environ if name.startswith("PORTAL_") or name in {"HOST", "PORT"}]:
    del os.environ[name]


LONG = {  # rooms and files that take longest
    "journeys", "server", "clients", "deploy", "move", "test_life_of_keys.py", "test_any_header.py", "test_readme.py",
}  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest files first: at the end, what is left is shared out evenly among the workers."""
    items.sort(key=lambda item: LONG.isdisjoint(item.path.relative_to(ROOT).parts))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count a skipped test as failed where everything that tests need is said to be there."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome, report.longrepr = "failed", f"skipped, though CI=true: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash with bcrypt's least cost: the real hash, without the quarter of a second that makes it safe."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "ROUNDS", 4)
        patch.setattr(passwords, "_NOBODY", bcrypt.hashpw(b"nobody has this password", bcrypt.gensalt(4)))
        yield


@pytest.fixture(scope="session", autouse=True)
def compile_once() -> Iterator[None]:
    """Compile a template, or a statement, for the first test that needs it."""
    with worked_out.once():
        yield


@pytest.fixture(scope="session")
def playwright() -> Iterator[object]:
    """The driver of browsers: one in a process, because it keeps an event loop running."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty, migrated database, made once and copied for each test."""
    path = tmp_path_factory.mktemp("data") / "instance"
    folder = DataFolder(path)
    folder.prepare()
    journal.begin(folder.journal, Peppers(folder.read_peppers()))
    app = bare_app(path)
    with app.app_context():
        flask_migrate.upgrade(str(ROOT / "migrations"))
        db.engine.dispose()
    return path


def bare_app(path: Path, database: Path | None = None) -> Flask:
    """A Flask app that is bound to the database of the data folder at `path`, and to nothing else."""
    app = Flask("bare")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{database or path / 'portal.db'}"
    bind_database(app, DataFolder(path))
    return app


@pytest.fixture
def folder(migrated_folder: Path, tmp_path: Path) -> Iterator[DataFolder]:
    """A data folder of the test's own. What was recorded in it is stored before it goes."""
    folder = DataFolder(Path(shutil.copytree(migrated_folder, tmp_path / "instance")))
    yield folder
    for (path, _address), verifier in list(opening._opened.items()):
        if path == folder.path.resolve():
            verifier._recorder.close()


@pytest.fixture
def settings(folder: DataFolder) -> Settings:
    return Settings(PORTAL_DATA_DIR=folder.path)  # type: ignore[call-arg]


@pytest.fixture
def peppers(folder: DataFolder) -> Peppers:
    return Peppers(folder.read_peppers())


@pytest.fixture
def engine(folder: DataFolder) -> Iterator[Engine]:
    app = bare_app(folder.path)
    with app.app_context():
        engine = db.engine
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def make_person(session: Session) -> Callable[..., Person]:
    """Make an account with the cast's password, as a shell would."""
    password_hash = passwords.hash_password(cast.PASSWORD)

    def make(email: str, *, is_admin: bool = False) -> Person:
        person = membership.create(session, SHELL, email, password_hash, is_admin=is_admin)
        assert isinstance(person, Person)
        session.commit()
        return person

    return make


@pytest.fixture
def alice(make_person: Callable[..., Person]) -> Person:
    return make_person(cast.ALICE)


@pytest.fixture
def bob(make_person: Callable[..., Person]) -> Person:
    return make_person(cast.BOB)


@pytest.fixture
def charlie(make_person: Callable[..., Person]) -> Person:
    return make_person(cast.CHARLIE)


@pytest.fixture
def ada(make_person: Callable[..., Person]) -> Person:
    return make_person(cast.ADA, is_admin=True)


@pytest.fixture
def as_alice(alice: Person) -> Actor:
    return Actor(alice.email, alice.id, "192.0.2.1")


@pytest.fixture
def issue(session: Session, peppers: Peppers) -> Callable[..., tuple[object, str]]:
    """Issue a key and commit: `key, token = issue(alice, "ci")`; wishes are those of `Wanted`, whatever the ceiling."""
    from portal import clock
    from portal.keys import issuing
    from portal.site.settings import DAY, SiteSettings

    def make(owner: Person, name: str = "ci", **wishes: object) -> tuple[object, str]:
        dates = {"expires_at": clock.now().replace(microsecond=0) + 90 * DAY} | {
            date: wishes.pop(date) for date in ("expires_at", "not_before") if date in wishes
        }
        by, site = Actor(owner.email, owner.id, "192.0.2.1"), SiteSettings()
        wanted = issuing.Wanted(name, wishes.pop("policy", site.new_policy()), clock.now() + DAY, **wishes)  # type: ignore[arg-type]
        answer = issuing.issue(session, by, owner, wanted, prefix="ptl", peppers=peppers, site=site)
        assert isinstance(answer, issuing.Issued), answer
        for date, moment in dates.items():
            setattr(answer.key, date, moment)
        session.commit()
        return answer.key, str(answer.token)

    return make


@pytest.fixture
def store(folder: DataFolder, engine: Engine) -> CachedStore:
    """Where a verifier looks keys up."""
    return CachedStore(folder.database)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    from portal import create_app

    app = create_app(settings)
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def visit(app: Flask) -> Callable[..., Visitor]:
    """Sign a person in, in a browser of their own: `visit(alice)`, or `visit(alice, htmx=True)`."""

    def sign_in(person: Person, *, htmx: bool = False) -> Visitor:
        visitor = Visitor(app.test_client()).sign_in(person)
        visitor.headers = PARTIAL if htmx else {}
        return visitor

    return sign_in
