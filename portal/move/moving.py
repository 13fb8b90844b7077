"""Moves what a snapshot holds into one transaction of a PostgreSQL, and proves that all of it arrived as it is."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from portal.audit.chain import Break
from portal.move import comparing, copying, misfits, target
from portal.move.fault import MoveFault
from portal.move.source import Snapshot
from portal.move.tables import REVISION, Table, tables

Done = Callable[[int], None]  # takes how many more are done; a call with 0 comes first
Tell = Callable[[str, str, int], Done]  # takes what is done, to which table, and how many rows there are


def refuse_misfits(snapshot: Snapshot, tell: Tell) -> None:
    """Read everything once; raises MoveFault where something does not fit into PostgreSQL."""
    misfits.refuse_misfits(snapshot, tables(), _telling(snapshot, tell, "Reading"))


def is_there(snapshot: Snapshot, connection: Connection, name: str) -> bool:
    """Return whether the database holds this installation already: a move that ended right after it had committed.

    Raises:
        MoveFault: it holds rows, and they are others.

    """
    taken = target.first_with_rows(connection, tables())
    if taken is None:
        return False
    head = next(table for table in tables() if table.name == "audit_head")
    ours = list(snapshot.rows(head))
    if head.name not in target.table_names(connection) or not ours or ours != target.rows(connection, head):
        raise MoveFault(f"Nothing was moved. {name} has rows already, in {taken}. Move into an empty database.")
    return True


def move(snapshot: Snapshot, connection: Connection, name: str, broken: Break | None, tell: Tell) -> dict[str, int]:
    """Copy all tables, compare them, and return how many rows of each are equal; the caller commits.

    `broken` is where the audit trail did not hold before.

    Raises:
        MoveFault: something did not arrive as it is.

    """
    if target.revision(connection) != snapshot.revision():
        raise MoveFault(f"Nothing was moved. {name} does not stand at the migration {snapshot.revision()}.")
    target.lock(connection, tables())
    if not is_there(snapshot, connection, name):
        _copy(snapshot, connection, _telling(snapshot, tell, "Copying"))
    telling = _telling(snapshot, tell, "Comparing")
    compared = {table.name: comparing.compare(snapshot, connection, table, telling(table)) for table in tables()}
    comparing.check_trail(connection, broken, tell("Checking", "the chain of audit", compared["audit"]))
    return compared | {REVISION: 1}


def _copy(snapshot: Snapshot, connection: Connection, telling: Callable[[Table], Done]) -> None:
    with copying.triggers_off(connection, tables()):
        for table in tables():
            copying.copy(snapshot, connection, table, telling(table))
            copying.continue_numbers(connection, table)
    copying.learn(connection, tables())


def _telling(snapshot: Snapshot, tell: Tell, what: str) -> Callable[[Table], Done]:
    return partial(_tell_of, snapshot, tell, what)


def _tell_of(snapshot: Snapshot, tell: Tell, what: str, table: Table) -> Done:
    return tell(what, table.name, snapshot.count(table))
