"""What a key may do: its rules, kept as one JSON text and judged in one fixed order.

A rule is a frozen value with `read` and `plain` (from and to JSON), `judge` (a reason to refuse, or None) and `covers`
(is another no wider?). To add one: its class in a file of this room, a field here, a form field, a fragment, a table of
tests; docs/rules.md walks through it.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache, partial, wraps
from typing import Any, TypeVar, TypeVarTuple, Unpack

from portal.policy.data_access import DataAccess
from portal.policy.facts import Facts
from portal.policy.invalid import InvalidRule
from portal.policy.limits import Quota, Rate
from portal.policy.networks import Networks
from portal.policy.origin import CallerOrigin
from portal.policy.reasons import Reason
from portal.policy.resources import Resources

Made = TypeVar("Made")
More = TypeVarTuple("More")

_SHORT = 2048  # characters
_MOST_SHORT, _MOST_LONG = 4096, 256  # 50 and 20 MB at most
_MOST_JUDGED = 64  # of each policy


def _rule(kind: Callable[[], Any], read: Callable[[Any], Any]) -> Any:
    return field(default_factory=kind, metadata={"read": read})


@dataclass(frozen=True)
class Policy:
    """The rules of a key. A rule that is not named is the tightest of its kind; no rate and no quota is no limit."""

    networks: Networks = _rule(Networks, Networks.read)
    origin: CallerOrigin = _rule(CallerOrigin, CallerOrigin.read)
    resources: Resources = _rule(Resources, Resources.read)
    data: DataAccess = _rule(DataAccess, DataAccess.read)
    rate: Rate | None = _rule(lambda: None, Rate.read)
    quota: Quota | None = _rule(lambda: None, Quota.read)

    @classmethod
    def read(cls, plain: Any) -> "Policy":
        """Return the policy of a JSON object.

        Raises:
            InvalidRule: as the rules do, or policy for what is no object or names no rule.

        """
        if not isinstance(plain, dict) or not plain.keys() <= _READERS.keys():
            raise InvalidRule("policy")
        return cls(**{name: _READERS[name](value) for name, value in plain.items() if value is not None})

    @classmethod
    def from_text(cls, text: str) -> "Policy":
        """Return the policy that `to_text` made this of; the same object for the same text."""
        return _compiled(text)

    @classmethod
    def readable(cls, text: str) -> "Policy | None":
        """Return what `from_text` returns; None where the text is no policy, as somebody wrote it by hand."""
        try:
            return cls.from_text(text)
        except (AttributeError, RecursionError, TypeError, ValueError):
            return None

    def plain(self) -> dict[str, Any]:
        """Return the policy as JSON has it: all rules, null for a limit that is not set."""
        rules = {name: getattr(self, name) for name in _READERS}
        return {name: None if rule is None else rule.plain() for name, rule in rules.items()}

    def to_text(self) -> str:
        """Return the one text of this policy: the same rules, the same text."""
        plain = {name: value for name, value in self.plain().items() if value != _TIGHTEST[name]}
        return json.dumps(plain, separators=(",", ":"), sort_keys=True)

    def judge(self, facts: Facts) -> Reason | None:
        """Return why a request with `facts` may not pass, or None. Rates and quotas are counted elsewhere."""
        return self._objection(facts[:-1] if self.networks.cidrs else (None, *facts[1:-1]))

    def covers(self, other: "Policy") -> bool:
        """Return whether a key with `other` may do nothing that one with this policy may not."""
        return all(_covers(getattr(self, name), getattr(other, name)) for name in _READERS)

    @cached_property
    def _objection(self) -> Callable[[tuple[Any, ...]], Reason | None]:
        """What judges facts without a path, and remembers what it said of some: they are the same again and again."""
        judges = [getattr(self, name).judge for name in _READERS if hasattr(getattr(self, name), "judge")]
        return lru_cache(maxsize=_MOST_JUDGED)(partial(_first_objection, judges))


def _first_objection(judges: Sequence[Callable[[Facts], Reason | None]], facts: tuple[Any, ...]) -> Reason | None:
    reasons = (judge(Facts(*facts)) for judge in judges)
    return next((reason for reason in reasons if reason is not None), None)


def _covers(mine: Any, theirs: Any) -> bool:
    if mine is None or theirs is None:
        return mine is None
    return bool(mine.covers(theirs))


def kept(read: Callable[[str, Unpack[More]], Made]) -> Callable[[str, Unpack[More]], Made]:
    """Keep what a function makes of the text of a policy; fewer of the long ones, so that nobody fills the memory."""
    short: Any = lru_cache(maxsize=_MOST_SHORT)(read)
    long: Any = lru_cache(maxsize=_MOST_LONG)(read)

    @wraps(read)
    def make(text: str, /, *more: *More) -> Made:
        made: Made = (short if len(text) <= _SHORT else long)(text, *more)
        return made

    return make


@kept
def _compiled(text: str) -> Policy:
    return Policy.read(json.loads(text))


_READERS: dict[str, Callable[[Any], Any]] = {rule.name: rule.metadata["read"] for rule in fields(Policy)}
_TIGHTEST: dict[str, Any] = Policy().plain()
