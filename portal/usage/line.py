"""Counted requests as one line of JSON, as they lie in a file on their way to the database.

    {"rows": 2, "fold": [29877300, [17, 18], [3, 4], "192.0.2.7", null, null, null, null], "calls": 1, "at": [...]}

It is written column by column, and what all rows of a column have in common is written once: most of it is.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, cast

from portal.usage.fold import Fold, clean

Row = tuple[Fold, int, int]

_METHOD, _RESOURCE = Fold._fields.index("method"), Fold._fields.index("resource")


def line_of(rows: Sequence[tuple[Fold, list[int]]]) -> str:
    """Return rows as a line. No token is in it."""
    folds, counts = zip(*rows, strict=True)
    columns = list(zip(*folds, strict=True))
    for which in (_METHOD, _RESOURCE):
        columns[which] = _cleaned(columns[which])
    calls, at = zip(*counts, strict=True)
    told = {"rows": len(rows), "fold": list(map(_written, columns)), "calls": _written(calls), "at": _written(at)}
    return json.dumps(told, default=bytes.hex)


def rows_of(line: str) -> Iterator[Row]:
    """Give what `line_of` wrote: folds, calls, when the last was. Raises ValueError, TypeError or KeyError for else.

    The folds are plain tuples, which are equal to what they are of and cost half: nearly all are only added up.
    """
    read = json.loads(line)
    fold, at = read["fold"], read["at"]
    rows = read["rows"] if "rows" in read else len(at)  # the version before wrote each column whole
    if len(fold) != len(Fold._fields):
        raise ValueError("A batch of another version")
    *facts, secrets_used = [_read(column, rows) for column in fold]
    digests = [secret and bytes.fromhex(secret) for secret in secrets_used]
    folds = zip(*facts, digests, strict=True)
    return cast("Iterator[Row]", zip(folds, _read(read["calls"], rows), _read(at, rows), strict=True))


def _written(column: Sequence[Any]) -> Any:
    """Return a column as it is written: one value for all rows, or each its own."""
    return column[0] if column.count(column[0]) == len(column) else column


def _read(written: Any, rows: int) -> Iterable[Any]:
    return written if isinstance(written, list) else list(repeat(written, rows))


def _cleaned(column: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """Take out tokens that stood in a path: they must not lie in a file either."""
    clean_of = {text: clean(text) for text in set(column)}
    return column if all(text is known for known, text in clean_of.items()) else tuple(map(clean_of.get, column))
