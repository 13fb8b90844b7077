"""What the options of `flask keys issue` and `flask apps add` ask for: the rules and the dates of keys."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from portal import clock
from portal.cli.shell import fail
from portal.keys.issuing import Wanted
from portal.policy.data_access import DataAccess
from portal.policy.invalid import InvalidRule
from portal.policy.limits import Quota, Rate
from portal.policy.networks import Networks
from portal.policy.origin import CallerOrigin
from portal.policy.policy import Policy
from portal.policy.resources import Resources
from portal.site.settings import MOST_DAYS, SiteSettings, end_of_day
from portal.web.sentences import explain_rule

KINDS = ("standard", "management")
_DAYS = re.compile(r"([0-9]{1,6})d", re.ASCII)


class RuleWishes(NamedTuple):
    """The options about rules, as they were typed; None and empty are what the site gives a new key."""

    resources: tuple[str, ...]
    native: bool
    hosts: tuple[str, ...]
    data: str
    networks: tuple[str, ...]
    rate: str | None
    quota: str | None

    def policy(self, site: SiteSettings) -> Policy:
        """Return the rules that are asked for, or end the command with a line that names what cannot be read."""
        try:
            return self._policy(site.new_policy())
        except InvalidRule as error:
            fail(explain_rule(error))

    def _policy(self, new: Policy) -> Policy:
        return Policy(
            networks=Networks.read(self.networks),
            origin=CallerOrigin.read({"native": self.native, "hosts": self.hosts or None}),
            resources=Resources.read(self.resources) if self.resources else new.resources,
            data=DataAccess.read(self.data),
            rate=_limit(self.rate, Rate, new.rate),
            quota=_limit(self.quota, Quota, new.quota),
        )


class Wishes(NamedTuple):
    """The other options, as they were typed."""

    name: str
    kind: str
    not_before: str | None
    expires_in: str | None
    no_expiry: bool

    def wanted(self, policy: Policy, site: SiteSettings) -> Wanted:
        """Return the key that is asked for, or end the command with a line that names what cannot be read."""
        if self.kind not in KINDS:
            fail(f"{self.kind} is not a kind of key: it is standard or management.")
        return Wanted(self.name, policy, self._ends(site), _moment(self.not_before), self.kind)

    def _ends(self, site: SiteSettings) -> datetime | None:
        if self.no_expiry:
            return None if self.expires_in is None else fail("Say either --expires-in or --no-expiry.")
        days = site.default_days if self.expires_in is None else _days(self.expires_in)
        return end_of_day(clock.now() + timedelta(days=days))


def _limit(text: str | None, kind: type[Rate] | type[Quota], default: Any) -> Any:
    if text is None:
        return default
    return None if text.lower() == "none" else kind.read(text)


def _days(text: str) -> int:
    written = _DAYS.fullmatch(text)
    if written is None or not 1 <= int(written[1]) <= MOST_DAYS:
        fail(f"{text} is not a lifetime: write one in days, as 90d.")
    return int(written[1])


def _moment(text: str | None) -> datetime | None:
    """Return the moment that ISO 8601 spells; a day is its beginning, and without an offset it is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        fail(f"{text} is not a time: write one as 2030-12-31 or 2030-12-31T08:00Z.")
