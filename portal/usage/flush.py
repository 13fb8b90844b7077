"""One flush: what was recorded, made into rows before the database is held, and written in a few statements."""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self, TypeVar

from portal.usage.buffer import Taken
from portal.usage.fold import AccessRow, access_rows
from portal.usage.statements import ADD_CALLS, ADD_HOURS, ADD_REFUSALS, SEE_PLACES, SET_LAST_USED_APART, TRIM
from portal.usage.tally import MOST_PLACES, MOST_REFUSALS, Tally

_SLICE = 300
Row = TypeVar("Row")


class Flush(NamedTuple):
    """The rows of one flush, each kind as one JSON text."""

    calls: str
    hours: str
    refusals: str
    networks: str
    addresses: str
    secrets: str
    leaks: str

    @classmethod
    def of(cls, taken: Taken) -> Self:
        """Make the rows of what was recorded."""
        counts = sorted(taken.counts.items(), key=lambda item: (item[0].key_id or 0, item[0].minute))
        rows: list[AccessRow] = []
        tally = Tally()
        for part in sliced(counts):
            new = access_rows(part)
            rows += new
            for (fold, _calls), row in zip(part, new, strict=True):
                tally.add(row, taken.refused.get(fold))
        apart = [[(digest.hex(), *use) for digest, use in sorted(of.items())] for of in (taken.secrets, taken.leaks)]
        kinds: tuple[Sequence[object], ...] = (
            rows, tally.hours(), tally.refusals(), tally.networks(), tally.addresses(), *apart,
        )  # fmt: skip
        return cls(*[as_json(kind) for kind in kinds])

    def write(self, connection: sqlite3.Connection) -> None:
        """Add the rows to what is stored. The connection is in a write transaction."""
        connection.execute(ADD_CALLS, (self.calls,))
        connection.execute(ADD_HOURS, (self.hours,))
        for table, secrets in {"secret_last_used": self.secrets, "secret_leak": self.leaks}.items():
            if secrets != "[]":
                connection.execute(SET_LAST_USED_APART.format(table=table), (secrets,))
        _add(connection, self.refusals, ADD_REFUSALS, table="refusal", place="fold", at="at", most=MOST_REFUSALS)
        for kind, places in {"network": self.networks, "address": self.addresses}.items():
            words = {"table": f"key_{kind}", "place": kind}
            _add(connection, places, SEE_PLACES.format(**words), **words, at="last_at", most=MOST_PLACES)


def _add(connection: sqlite3.Connection, rows: str, statement: str, **trim: str | int) -> None:
    """Add rows of which each key keeps only the newest, and trim those keys whose rows changed."""
    changed = sorted({key_id for (key_id,) in connection.execute(statement, (rows,))}) if rows != "[]" else []
    if changed:
        connection.execute(TRIM.format(**trim), (as_json(changed),))


def sliced(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Give the rows in slices and let requests run in between: one long piece of work would hold them up."""
    for start in range(0, len(rows), _SLICE):
        yield rows[start : start + _SLICE]
        time.sleep(0)


def as_json(rows: Sequence[object]) -> str:
    """Return the rows as one JSON array."""
    return "[" + ",".join(json.dumps(part)[1:-1] for part in sliced(rows)) + "]"
