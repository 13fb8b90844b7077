"""What became of invented keys: when they were made, rotated, paused, revoked, and when they end."""

from dataclasses import dataclass

from portal.devdata.dice import Dice
from portal.devdata.people import DAY_MS
from portal.devdata.words import PAUSE_REASONS, REASONS

HOUR_MS = 3_600_000
SPAN_DAYS = 340  # all keys were made in it: the site's ceiling, a year, must not have ended them all
LONGEST_DAYS = 366
SESSION_MS = 14 * DAY_MS
SESSION_ENDED = "Its sign-in has ended."
_SOONEST_ACT, _LATEST_ACT = HOUR_MS, 90 * DAY_MS  # after the creation

_FATES = {
    "active": 769, "revoked": 85, "expired": 55, "expires-soon": 30, "paused": 20, "no-secret": 20, "not-yet": 10,
    "session": 11,
}  # fmt: skip
_LIFETIMES = (7, 30, 60, 90, 180)


@dataclass(slots=True)
class Life:
    """The moments of a key, in milliseconds since 1970; None is never. `by_admin` and `reason`: of its pause or end."""

    created: int
    expires: int | None
    kind: str = "standard"
    secret_made: int | None = None
    old_secret_ends: int | None = None
    not_before: int | None = None
    paused: int | None = None
    revoked: int | None = None
    by_admin: bool = False
    reason: str | None = None
    hidden: int | None = None

    @property
    def version(self) -> int:
        """One more than how often it was changed."""
        rotated = self.old_secret_ends
        return 1 + sum(moment is not None for moment in (rotated, self.paused, self.revoked, self.hidden))

    def usable(self, now: int) -> tuple[int, int]:
        """Return from when to when a request with it could pass, until now."""
        begins = max(self.created, self.not_before or 0)
        return begins, min(moment for moment in (now, self.expires, self.paused, self.revoked) if moment is not None)


def live(dice: Dice, created: int, now: int) -> Life:
    """Return the life of a key that was made at `created`."""
    fate = dice.choices(tuple(_FATES), tuple(_FATES.values()))[0]
    kind = "management" if dice.falls(0.03) else "standard"
    life = Life(created, _ends_later(dice, created, now), kind, created)
    if now - created > DAY_MS or fate in {"active", "expires-soon", "not-yet", "no-secret"}:
        _FATE[fate](dice, life, now)
    if fate == "active" and dice.falls(0.03):
        _rotate(dice, life, now)
    return life


def end_of_day(moment: int) -> int:
    """Return 23:59:59 UTC of that day, as the portal ends keys."""
    return moment // DAY_MS * DAY_MS + DAY_MS - 1000


def _ends_later(dice: Dice, created: int, now: int) -> int:
    longest = created + LONGEST_DAYS * DAY_MS
    if dice.falls(0.1):
        return end_of_day(longest)
    return end_of_day(dice.randrange(now + 8 * DAY_MS, longest))


def _act(dice: Dice, life: Life, now: int) -> int:
    """Return a moment after the creation, and not long after it: acts are remembered until their time has come."""
    return dice.randrange(life.created + _SOONEST_ACT, min(life.created + _LATEST_ACT, now))


def _go_on(_dice: Dice, _life: Life, _now: int) -> None:
    pass


def _rotate(dice: Dice, life: Life, now: int) -> None:
    if now - life.created > DAY_MS:
        life.secret_made = _act(dice, life, now)
        life.old_secret_ends = life.secret_made + dice.choice((0, HOUR_MS, DAY_MS, 7 * DAY_MS))


def _revoke(dice: Dice, life: Life, now: int) -> None:
    life.revoked = _act(dice, life, now)
    life.by_admin = dice.falls(0.2)
    if life.by_admin or dice.falls(0.5):
        life.reason = dice.choice(REASONS)
    if not life.by_admin and dice.falls(0.1):
        life.hidden = life.revoked


def _expire(dice: Dice, life: Life, now: int) -> None:
    over = [days for days in _LIFETIMES if life.created + (days + 1) * DAY_MS < now]
    if over:
        life.expires = end_of_day(life.created + dice.choice(over) * DAY_MS)


def _expire_soon(dice: Dice, life: Life, now: int) -> None:
    life.expires = end_of_day(now + dice.randrange(6) * DAY_MS)


def _pause(dice: Dice, life: Life, now: int) -> None:
    life.paused = _act(dice, life, now)
    life.by_admin = dice.falls(0.3)
    if life.by_admin:
        life.reason = dice.choice(PAUSE_REASONS)


def _wait_for_secret(_dice: Dice, life: Life, _now: int) -> None:
    life.kind, life.secret_made, life.expires = "standard", None, None


def _begin_later(dice: Dice, life: Life, now: int) -> None:
    life.not_before = (now + dice.randrange(1, 20) * DAY_MS) // DAY_MS * DAY_MS
    life.expires = end_of_day(min(life.not_before + 60 * DAY_MS, life.created + LONGEST_DAYS * DAY_MS))


def _end_with_sign_in(dice: Dice, life: Life, now: int) -> None:
    life.kind, life.expires = "session", life.created + SESSION_MS
    life.revoked, life.reason = min(life.expires, _act(dice, life, now)), SESSION_ENDED


_FATE = {
    "active": _go_on, "revoked": _revoke, "expired": _expire, "expires-soon": _expire_soon, "paused": _pause,
    "no-secret": _wait_for_secret, "not-yet": _begin_later, "session": _end_with_sign_in,
}  # fmt: skip
