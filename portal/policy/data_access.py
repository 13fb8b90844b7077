"""The rule that says what a key may do in the data store."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.policy.facts import Access, Facts
from portal.policy.invalid import InvalidRule
from portal.policy.reasons import Reason


class Level(StrEnum):
    """How far a key may go in the data store."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


RIGHTS = {Level.NONE: frozenset(), Level.READ: {Access.READ}, Level.WRITE: {Access.READ, Access.WRITE}}


@dataclass(frozen=True)
class DataAccess:
    """Allows the access of its level. It says nothing about requests that do not touch the data store."""

    level: Level = Level.NONE

    @classmethod
    def read(cls, plain: Any) -> "DataAccess":
        """Return the rule of that level.

        Raises:
            InvalidRule: data-access.

        """
        if not isinstance(plain, str) or plain not in set(Level):
            raise InvalidRule("data-access", plain)
        return cls(Level(plain))

    def plain(self) -> str:
        """Return the rule as JSON has it."""
        return self.level.value

    def judge(self, facts: Facts) -> Reason | None:
        """Refuse an access that the level has no right to."""
        if facts.access is None or facts.access in RIGHTS[self.level]:
            return None
        return Reason.DATA_ACCESS_DENIED

    def covers(self, other: "DataAccess") -> bool:
        """Return whether `other` may do no more."""
        return RIGHTS[other.level] <= RIGHTS[self.level]
