"""The rule that says where a request may originate: in native clients, or in web pages of certain hosts.

A request is a browser's when it carries `Origin` or `Referer`; `Origin` wins (Fetch, section 3.2). Both can be forged
outside a browser: the rule keeps other people's pages from using a key, not other people's programs.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from portal.policy.facts import Facts
from portal.policy.hosts import Host, HostPattern, clean_host
from portal.policy.invalid import InvalidRule
from portal.policy.reasons import Reason

HOSTS_LIMIT = 100

_HOST = r"(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}))?"
_ORIGIN = re.compile(rf"(?P<scheme>https?)://{_HOST}", re.IGNORECASE)
_REFERER = re.compile(rf"(?P<scheme>https?)://{_HOST}(?:[/?#].*)?", re.IGNORECASE | re.DOTALL)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class CallerOrigin:
    """Allows native clients, web pages of some hosts, or both.

    `hosts` None: no web page at all. No host in it: no web page either, but the web browser was asked for.
    """

    native: bool = True
    hosts: tuple[str, ...] | None = None

    @classmethod
    def read(cls, plain: Any) -> "CallerOrigin":
        """Return the rule of `{"native": bool, "hosts": [...] or null}`.

        Raises:
            InvalidRule: host (one is malformed, `text`), hosts-too-many, origin-none (nobody could call), or origin.

        """
        if not isinstance(plain, dict) or not plain.keys() <= {"native", "hosts"}:
            raise InvalidRule("origin", plain)
        native, hosts = plain.get("native", True), plain.get("hosts")
        if not isinstance(native, bool) or not isinstance(hosts, list | tuple | None):
            raise InvalidRule("origin", plain)
        if not native and hosts is None:
            raise InvalidRule("origin-none")
        cleaned = None if hosts is None else tuple(dict.fromkeys(map(clean_host, hosts)))
        if cleaned is not None and len(cleaned) > HOSTS_LIMIT:
            raise InvalidRule("hosts-too-many", len(cleaned))
        return cls(native, cleaned)

    def plain(self) -> dict[str, Any]:
        """Return the rule as JSON has it."""
        return {"native": self.native, "hosts": None if self.hosts is None else list(self.hosts)}

    def judge(self, facts: Facts) -> Reason | None:
        """Refuse what comes from elsewhere. An origin that cannot be read, `null` among them, is elsewhere."""
        if not facts.origin and not facts.referer:
            return None if self.native else Reason.ORIGIN_NOT_ALLOWED
        page = _read(_ORIGIN, facts.origin) if facts.origin else _read(_REFERER, facts.referer or "")
        if page is not None:
            for pattern in self._patterns:
                if pattern.matches(page):
                    return None
        return Reason.ORIGIN_NOT_ALLOWED

    def covers(self, other: "CallerOrigin") -> bool:
        """Return whether `other` lets in nothing that is refused here."""
        if other.native and not self.native:
            return False
        return all(any(mine.covers(theirs) for mine in self._patterns) for theirs in other._patterns)  # noqa: SLF001

    @cached_property
    def _patterns(self) -> tuple[HostPattern, ...]:
        return tuple(map(HostPattern.of, self.hosts or ()))


@lru_cache(maxsize=4096)
def _read(form: re.Pattern[str], text: str) -> Host | None:
    found = form.fullmatch(text)
    if found is None:
        return None
    name = found["host"].lower().removesuffix(".")
    return Host(name, int(found["port"] or _DEFAULT_PORTS[found["scheme"].lower()]))
