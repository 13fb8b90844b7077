"""Invented people: who they are, where they call from, and who of them a new key belongs to."""

from dataclasses import dataclass

from portal.devdata.dice import Dice
from portal.devdata.words import FIRST_NAMES, LAST_NAMES, ROBOTS

DAY_MS = 86_400_000
ADMINS = 2  # at the beginning; later one person in 500
_WINDOW = 4_000  # who joined lately gets most new keys, which also keeps an owner's keys near each other in the index
_STRIDE = 7919  # a prime: numbers in a row give names that have nothing in common
_DOMAINS = ("example.org", "example.org", "example.net")


@dataclass(slots=True)
class Invented:
    """A person, with the moments in milliseconds since 1970; `has_default` once they have a default-key."""

    id: int
    email: str
    created: int
    disabled: int | None
    seen: int | None
    is_admin: bool
    is_robot: bool = False
    has_default: bool = False

    def address(self, dice: Dice) -> str:
        """Return an address of theirs: mostly of one network, one in seven of IPv6."""
        near = self.id if dice.falls(0.9) else dice.randrange(1 << 16)
        if dice.falls(0.15):
            return f"2001:db8:{near % 250 + 1:x}:{near // 250 % 250 + 1:x}::{dice.randrange(1, 1 << 16):x}"
        return f"10.{near % 250}.{near // 250 % 250}.{dice.randrange(1, 255)}"


def invent(dice: Dice, number: int, person_id: int, created: int, now: int) -> Invented:
    """Return the person of that number in a fill; their e-mail follows from their id, so that no two have the same."""
    is_robot = ADMINS <= number < ADMINS + len(ROBOTS)
    is_admin = number < ADMINS or dice.falls(0.002)
    leaves = dice.falls(0.02) and not is_robot and number >= ADMINS
    disabled = created + dice.randrange(20 * DAY_MS, 90 * DAY_MS) if leaves else None
    if disabled is not None and disabled >= now:
        disabled = None
    seen = _seen(dice, created, now if disabled is None else disabled)
    email = f"{ROBOTS[number - ADMINS]}-{person_id}@example.net" if is_robot else email_of(person_id)
    return Invented(person_id, email, created, disabled, seen, is_admin, is_robot)


def _seen(dice: Dice, created: int, until: int) -> int | None:
    """Return when somebody was here last: one in twelve never, every third within the last days."""
    if dice.falls(0.08):
        return None
    if dice.falls(0.3):
        return max(created, until - 1 - int(dice.expovariate(1 / (5 * DAY_MS))))
    return dice.randrange(created, until)


def email_of(number: int) -> str:
    """Return the e-mail of the person of that number."""
    times, place = divmod(number, len(FIRST_NAMES) * len(LAST_NAMES))
    place = place * _STRIDE % (len(FIRST_NAMES) * len(LAST_NAMES))
    first, last = divmod(place, len(LAST_NAMES))
    return f"{FIRST_NAMES[first]}.{LAST_NAMES[last]}{times or ''}@{_DOMAINS[number % len(_DOMAINS)]}"


class Crowd:
    """Who may own new keys: the robots, which have very many, and those who joined lately. Bounded in size."""

    def __init__(self) -> None:
        self._robots: list[Invented] = []
        self._recent: list[Invented] = []
        self.admins: list[Invented] = []

    def join(self, person: Invented) -> None:
        """Take somebody in; whoever joined long ago is forgotten."""
        (self._robots if person.is_robot else self._recent).append(person)
        if person.is_admin and person.disabled is None and len(self.admins) < ADMINS:
            self.admins.append(person)
        if len(self._recent) > 2 * _WINDOW:
            del self._recent[:_WINDOW]

    def owner(self, dice: Dice, moment: int) -> Invented:
        """Return who makes a key at that moment."""
        while True:
            if self._robots and dice.falls(0.04):
                return self._robots[int(len(self._robots) * dice.random() ** 2)]
            person = self._recent[-1 - int(min(len(self._recent), _WINDOW) * dice.random() ** 2)]
            if person.disabled is None or person.disabled > moment:
                return person
