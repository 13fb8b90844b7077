"""Makes the tables of the target, by the migrations that make them everywhere."""

from alembic.util import CommandError

from portal import postgres, schema
from portal.data_folder import DataFolder
from portal.database import bound_app
from portal.extensions import db
from portal.move.fault import MoveFault
from portal.move.target import Target

_TURN_SECONDS = 10


def make_tables(target: Target, folder: DataFolder) -> None:
    """Apply to the database whatever migrations it is missing; nobody else does so at the same time.

    Raises:
        MoveFault: the server refuses something, or another version of the portal made the tables that are there.

    """
    turn = postgres.held(target.address, postgres.Lock.PREPARE, _TURN_SECONDS)
    with target.in_one_line(), turn, bound_app(folder, target.address).app_context():
        try:
            schema.upgrade()
        except CommandError:
            raise MoveFault(f"{target.name} was made by another version of the portal.") from None
        finally:
            db.engine.dispose()
