"""How the database goes about its queries, as it tells itself."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session

WHAT_A_SMALL_TABLE_PREFERS = ("seqscan", "bitmapscan", "sort")


def plan_lines(session: Session, ask: Callable[[], Any]) -> list[str]:
    """Return the lines of the plans of all queries that `ask` makes."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    if engine.dialect.name == "sqlite":
        return [line for query in asked for line in _explained(session, "EXPLAIN QUERY PLAN", *query)]
    for way in WHAT_A_SMALL_TABLE_PREFERS:
        session.execute(text(f"SET LOCAL enable_{way} = off"))
    return [line for query in asked for line in _explained(session, "EXPLAIN", *query)]


def _explained(session: Session, explain: str, statement: str, parameters: Any) -> list[str]:
    rows = session.connection().exec_driver_sql(f"{explain} {statement}", parameters)
    return [str(row[-1]) for row in rows]
