"""The rule that says which resources a key opens: an allow-list of URIs, as on Algorithmia's keys.

    algo://*              everything of the scheme
    algo://owner/*        everything of an owner
    algo://owner/name     this one, and nothing below it
    algo://owner/name/*   this one, and everything below it

An entry matches its own scheme only. Upper and lower case differ, but for the scheme.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from portal.policy.facts import Facts
from portal.policy.invalid import InvalidRule
from portal.policy.reasons import Reason

ENTRY_LIMIT = 200
ENTRIES_LIMIT = 100

SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,31}")
# A dot or a slash that is percent-encoded is one all the same to whoever decodes it later.
_PART = r"(?!\.{1,2}(?:/|$))(?:[A-Za-z0-9._~@+:-]|%(?!2[EeFf]|5[Cc]|25)[0-9A-Fa-f]{2})+"
_ENTRY = re.compile(rf"({SCHEME.pattern})://(?:\*|{_PART}/(?:\*|{_PART}(?:/\*)?))")
_RESOURCE = re.compile(rf"{SCHEME.pattern}://{_PART}(?:/{_PART})*")


class Redundant(NamedTuple):
    """An entry that adds nothing, and the one that opens all of it already."""

    entry: str
    by: str


@dataclass(frozen=True)
class Resources:
    """Opens what one of its entries matches, and nothing else; without entries it opens no resource."""

    entries: tuple[str, ...] = ()

    @classmethod
    def read(cls, plain: Any) -> "Resources":
        """Return the rule of these entries, each once.

        Raises:
            InvalidRule: resource (one entry is malformed, `text`), resources-too-many, or resources for no list.

        """
        if not isinstance(plain, list | tuple):
            raise InvalidRule("resources", plain)
        entries = tuple(dict.fromkeys(map(clean_entry, plain)))
        if len(entries) > ENTRIES_LIMIT:
            raise InvalidRule("resources-too-many", len(entries))
        return cls(entries)

    @classmethod
    def everything(cls, schemes: Iterable[str]) -> "Resources":
        """Return the rule of a new key: all of each scheme."""
        return cls(tuple(f"{scheme}://*" for scheme in schemes))

    def plain(self) -> list[str]:
        """Return the rule as JSON has it."""
        return list(self.entries)

    def judge(self, facts: Facts) -> Reason | None:
        """Refuse a resource that no entry matches. A request that states none passes where the list narrows nothing."""
        if facts.resource is None:
            is_asked = facts.access is None and not facts.any_key
            return Reason.RESOURCE_NOT_ALLOWED if is_asked and not self.narrows_nothing else None
        return None if self._opens(facts.resource) else Reason.RESOURCE_NOT_ALLOWED

    def covers(self, other: "Resources") -> bool:
        """Return whether everything that `other` opens is open here too."""
        if other.narrows_nothing and not self.narrows_nothing:
            return False  # a request that states nothing passes there, and not here
        return all(any(_opens_all_of(mine, entry) for mine in self.entries) for entry in other.entries)

    def redundant(self) -> list[Redundant]:
        """Return the entries that add nothing."""
        pairs = ((entry, by) for entry in self.entries for by in self.entries if entry != by)
        return list({entry: Redundant(entry, by) for entry, by in pairs if _opens_all_of(by, entry)}.values())

    @cached_property
    def narrows_nothing(self) -> bool:
        """Whether each entry is a whole scheme, or lies in one that is listed, and there is one."""
        whole = tuple(entry.removesuffix("*") for entry in self.entries if entry.endswith("://*"))
        return bool(whole) and all(entry.startswith(whole) for entry in self.entries)

    def _opens(self, resource: str) -> bool:
        is_match = resource in self._exact or resource.startswith(self._beginnings)
        return is_match and _is_well_formed(resource)

    @cached_property
    def _exact(self) -> frozenset[str]:
        return frozenset(entry.removesuffix("/*") for entry in self.entries)

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        return tuple(entry.removesuffix("*") for entry in self.entries if entry.endswith("*"))


@lru_cache(maxsize=4096)
def _is_well_formed(resource: str) -> bool:
    return _RESOURCE.fullmatch(resource) is not None


def clean_entry(text: Any) -> str:
    """Return an entry as it is kept: without blanks around it, its scheme in lower case.

    Raises:
        InvalidRule: resource.

    """
    if not isinstance(text, str):
        raise InvalidRule("resource", text)
    scheme, mark, rest = text.strip().partition("://")
    entry = scheme.lower() + mark + rest
    if len(entry) > ENTRY_LIMIT or not _ENTRY.fullmatch(entry):
        raise InvalidRule("resource", text)
    return entry


def _opens_all_of(entry: str, other: str) -> bool:
    if not entry.endswith("*"):
        return entry == other
    return other.startswith(entry.removesuffix("*")) or other == entry.removesuffix("/*")
