"""The schema of the database: at which migration it stands, and the way to the newest. All need an app context."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app

from portal.config import ROOT
from portal.errors import CannotStart
from portal.extensions import db


def revision() -> str | None:
    """Return the migration at which the app's database stands; None where there is none yet."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Return the newest migration that this code knows."""
    return _scripts().get_current_head()


def upgrade() -> None:
    """Apply the migrations that the app's database is missing."""
    command.upgrade(_alembic(), "head")


def check_known(found: str, database: Path | str) -> None:
    """Make sure that this code knows the migration at which a database stands.

    Raises:
        CannotStart: the database is newer than the code.

    """
    scripts = _scripts()
    if found not in {script.revision for script in scripts.walk_revisions()}:
        raise CannotStart(
            f"The database {database} is newer than this code: it stands at {found}, "
            f"and this code knows up to {scripts.get_current_head()}. Start the newer portal."
        )


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_alembic())


def _alembic() -> Config:
    config: Config = current_app.extensions["migrate"].migrate.get_config(str(ROOT / "migrations"))
    return config
