"""Counted requests as one line of JSON, as they lie in a file on their way to the database."""

import json
from collections.abc import Iterator, Sequence
from typing import cast

from portal.usage.fold import Fold, clean

Row = tuple[Fold, int, int]


def line_of(rows: Sequence[tuple[Fold, list[int]]]) -> str:
    """Return rows as a line, column by column: that takes a third of the time that rows would. No token is in it."""
    folds, counts = zip(*[(_without_token(fold), count) for fold, count in rows], strict=True)
    calls, at = zip(*counts, strict=True)
    return json.dumps({"fold": list(zip(*folds, strict=True)), "calls": calls, "at": at}, default=bytes.hex)


def rows_of(line: str) -> Iterator[Row]:
    """Give what `line_of` wrote: folds, calls, when the last was. Raises ValueError, TypeError or KeyError for else.

    The folds are plain tuples, which are equal to what they are of and cost half: nearly all are only added up.
    """
    read = json.loads(line)
    *facts, secrets_used = read["fold"]
    if len(facts) != len(Fold._fields) - 1:
        raise ValueError("A batch of another version")
    digests = [secret and bytes.fromhex(secret) for secret in secrets_used]
    return cast("Iterator[Row]", zip(zip(*facts, digests, strict=True), read["calls"], read["at"], strict=True))


def _without_token(fold: Fold) -> Fold:
    """Take out a token that stood in a path: it must not lie in a file either."""
    method, resource = clean(fold.method), clean(fold.resource)
    if method is fold.method and resource is fold.resource:
        return fold
    return fold._replace(method=method, resource=resource)
