"""Invented use of keys: one set of calls, as equal requests that are folded into one."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from portal.devdata.dice import Dice
from portal.devdata.lives import HOUR_MS, Life
from portal.devdata.people import DAY_MS, Invented
from portal.policy.reasons import Reason
from portal.usage.fold import MINUTE_MS, Fold

KEPT_DAYS = 89  # access records live for 90
_METHODS = ("GET", "GET", "GET", "POST", "PUT")
_REFUSED_WHILE_GOOD = (
    Reason.RESOURCE_NOT_ALLOWED, Reason.DATA_ACCESS_DENIED, Reason.ADDRESS_NOT_ALLOWED, Reason.RATE_LIMITED,
)  # fmt: skip


@dataclass(slots=True)
class Uses:
    """What is known of the use of a key: when and from where it was let in last, and calls, the equal ones counted."""

    last: tuple[int, str] | None = None
    folds: list[tuple[Fold, int]] = field(default_factory=list)


def use(dice: Dice, key_id: int, owner: Invented, life: Life, *, resource: str, now: int) -> Uses:
    """Return how a key was used; one in four never was."""
    uses, (begins, ends) = Uses(), life.usable(now)
    if life.secret_made is None or life.hidden is not None or ends - begins < HOUR_MS or dice.falls(0.25):
        return uses
    address = owner.address(dice)
    last = max(begins, ends - _ago(dice, ends - begins))
    uses.last = last, address
    for at in _moments(dice, last, max(begins, now - KEPT_DAYS * DAY_MS)):
        fold = Fold(at // MINUTE_MS, key_id, owner.id, address, dice.choice(_METHODS), resource, None)
        uses.folds.append((fold, int(dice.expovariate(1 / 40)) + 1))
    if dice.falls(0.06):
        uses.folds.extend(_refused(dice, key_id, owner, life, now))
    return uses


def strangers(dice: Dice, count: int, begins: int, ends: int, now: int) -> Iterator[tuple[Fold, int]]:
    """Yield refusals, between two moments, of credentials that are no key's; most come from very few addresses."""
    if begins < now - KEPT_DAYS * DAY_MS:
        return
    for _ in range(count):
        reason = dice.choice((Reason.UNKNOWN, Reason.MALFORMED, Reason.MISSING))
        address = f"203.0.113.{int(dice.random() ** 3 * 254) + 1}"
        minute = dice.randrange(begins, ends) // MINUTE_MS
        yield Fold(minute, None, None, address, None, None, reason.value), int(dice.expovariate(1 / 20)) + 1


def _ago(dice: Dice, span: int) -> int:
    if dice.falls(0.55):
        return min(span, int(dice.expovariate(1 / (2 * DAY_MS))))
    return dice.randrange(min(span, 90 * DAY_MS) if dice.falls(0.5) else span)


def _moments(dice: Dice, last: int, earliest: int) -> Iterator[int]:
    """Yield moments back from `last`, each in a minute of its own."""
    at = last
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 6))):
        if at < earliest:
            return
        yield at
        at -= MINUTE_MS + int(dice.expovariate(1 / (2 * DAY_MS)))


def _refused(dice: Dice, key_id: int, owner: Invented, life: Life, now: int) -> Iterator[tuple[Fold, int]]:
    reason, begins, ends = _why(dice, life, now)
    for at in _moments(dice, dice.randrange(begins, ends), max(begins, now - KEPT_DAYS * DAY_MS)):
        method, address = dice.choice(_METHODS), owner.address(dice)
        fold = Fold(at // MINUTE_MS, key_id, owner.id, address, method, "algo://demo/Hello", reason.value)
        yield fold, int(dice.expovariate(1 / 5)) + 1


def _why(dice: Dice, life: Life, now: int) -> tuple[Reason, int, int]:
    """Return a reason, and from when to when requests were refused for it."""
    over = ((life.revoked, Reason.REVOKED), (life.paused, Reason.PAUSED), (life.expires, Reason.EXPIRED))
    for moment, reason in over:
        if moment is not None and moment < now - MINUTE_MS:
            return reason, moment, now
    return dice.choice(_REFUSED_WHILE_GOOD), *life.usable(now)
