"""One flush: what was recorded, made into rows before the database is held, and written in a few statements."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import ModuleType
from typing import NamedTuple, Self, TypeVar

from portal.usage.buffer import Taken
from portal.usage.fold import AccessRow, access_rows
from portal.usage.tally import MOST_PLACES, MOST_REFUSALS, Tally

_SLICE = 300
Row = TypeVar("Row")
Execute = Callable[[str, tuple[str, ...]], Iterable[tuple[int, ...]]]


class _Trim(NamedTuple):
    """Of which table each key keeps the newest rows by `at`, told apart by `place`, and how many."""

    table: str
    place: str
    at: str
    most: int


class Flush(NamedTuple):
    """The rows of one flush, each kind as one JSON text."""

    calls: str
    hours: str
    refusals: str
    networks: str
    addresses: str
    secrets: str
    leaks: str
    uses: str

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
        uses = [(key_id, *use) for key_id, use in sorted(taken.last_used.items())]
        kinds: tuple[Sequence[object], ...] = (
            rows, tally.hours(), tally.refusals(), tally.networks(), tally.addresses(), *apart, uses,
        )  # fmt: skip
        return cls(*[as_json(kind) for kind in kinds])

    def write(self, execute: Execute, words: ModuleType) -> None:
        """Add the rows to what is stored, in a transaction of `execute`, by statements in the `words` of its database.

        Each kind is one statement; every flush writes them in this order.
        """
        execute(words.ADD_CALLS, (self.calls,))
        execute(words.ADD_HOURS, (self.hours,))
        for table, secrets in {"secret_last_used": self.secrets, "secret_leak": self.leaks}.items():
            if secrets != "[]":
                execute(words.SET_LAST_USED_APART.format(table=table), (secrets,))
        _add(execute, words, self.refusals, words.ADD_REFUSALS, _Trim("refusal", "fold", "at", MOST_REFUSALS))
        for kind, places in {"network": self.networks, "address": self.addresses}.items():
            statement = words.SEE_PLACES.format(table=f"key_{kind}", place=kind)
            _add(execute, words, places, statement, _Trim(f"key_{kind}", kind, "last_at", MOST_PLACES))
        execute(words.SET_LAST_USED, (self.uses,))


def _add(execute: Execute, words: ModuleType, rows: str, statement: str, trim: _Trim) -> None:
    """Add rows of which each key keeps only the newest, and trim those keys whose rows changed."""
    changed = sorted({key_id for (key_id,) in execute(statement, (rows,))}) if rows != "[]" else []
    if changed:
        execute(words.TRIM.format(**trim._asdict()), (as_json(changed),))


def sliced(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Give the rows in slices and let requests run in between: one long piece of work would hold them up."""
    for start in range(0, len(rows), _SLICE):
        yield rows[start : start + _SLICE]
        time.sleep(0)


def as_json(rows: Sequence[object]) -> str:
    """Return the rows as one JSON array."""
    return "[" + ",".join(json.dumps(part)[1:-1] for part in sliced(rows)) + "]"
