"""Equal requests, counted: what a second's requests are before they are sorted into rows."""

from collections.abc import Iterable

from portal.quick_tuple import quickly
from portal.usage.fold import Fold
from portal.usage.line import Row

Record = tuple[int, Fold]
"""One request: its milliseconds since 1970, and what was seen of it."""

Folded = dict[Fold, list[int]]
"""What was seen, how often, and the milliseconds since 1970 of the last time."""

_fold = quickly(Fold)


def fold_up(records: Iterable[Record], folded: Folded) -> None:
    """Count requests."""
    for at, fold in records:
        known = folded.get(fold)
        if known is None:
            folded[fold] = [1, at]
        else:
            known[0] += 1
            known[1] = max(at, known[1])


def merge(counted: Iterable[Row], folded: Folded) -> None:
    """Add what was counted elsewhere: folds, calls, and the last of them."""
    for fold, calls, at in counted:
        known = folded.get(fold)
        if known is None:
            folded[_fold(fold)] = [calls, at]
        else:
            known[0] += calls
            known[1] = max(at, known[1])
