"""The rules of a key as fields of a form: what is typed becomes the rule, and the rule what is shown.

One class for each rule. `template` names the fragment that shows it; `inputs` are the names in the browser's form.
A new rule needs a class here, its fragment, and a line in `RulesForm`: see docs/rules.md.
"""

from typing import Any, ClassVar

from flask_babel import gettext as _
from wtforms import Field
from wtforms.utils import unset_value

from portal.policy.data_access import DataAccess
from portal.policy.invalid import InvalidRule
from portal.policy.limits import PERIODS, WINDOWS, Quota, Rate, is_count
from portal.policy.networks import Networks
from portal.policy.origin import CallerOrigin
from portal.policy.resources import Redundant, Resources
from portal.web.sentences import explain_rule

Typed = dict[str, str]


class RuleField(Field):
    """One rule. `data` is the rule, None where what was typed is none; `typed` is what stands in the inputs."""

    template: ClassVar[str]
    inputs: ClassVar[tuple[str, ...]]

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:  # noqa: ARG002
        """Take the rule from the sent form, or else the one that is given."""
        self.process_errors = []
        self.data = None if data is unset_value else data
        self.typed = self.spell(self.data)
        if not formdata:
            return
        self.typed = {name: formdata.get(name, "") for name in self.inputs}
        try:
            self.data = self.read(self.typed)
        except InvalidRule as error:
            self.data = None
            self.process_errors.append(explain_rule(error))

    def read(self, typed: Typed) -> Any:
        """Return the rule that was typed.

        Raises:
            InvalidRule: it is none.

        """
        raise NotImplementedError

    def spell(self, rule: Any) -> Typed:
        """Return what the inputs show for a rule."""
        raise NotImplementedError


class ResourcesField(RuleField):
    """One entry of the list a line; the page makes chips of them."""

    template = "profile/credentials/rules/_resources.html"
    inputs = ("resources",)

    def read(self, typed: Typed) -> Resources:
        """Return the list of the lines that are not blank."""
        return Resources.read(lines(typed["resources"]))

    def spell(self, rule: Resources | None) -> Typed:
        """Return the entries, one a line."""
        return {"resources": "\n".join(rule.entries) if rule else ""}

    @property
    def redundant(self) -> list[Redundant]:
        """The entries that add nothing."""
        return self.data.redundant() if self.data else []

    def strange(self, schemes: tuple[str, ...]) -> list[str]:
        """Return the entries of schemes that the site does not name; they open nothing that is there."""
        entries = self.data.entries if self.data else ()
        return [entry for entry in entries if entry.partition("://")[0] not in schemes]


class OriginField(RuleField):
    """Native clients, the web browser, and the hosts of its pages."""

    template = "profile/credentials/rules/_origin.html"
    inputs = ("native", "browser", "hosts")

    def read(self, typed: Typed) -> CallerOrigin:
        """Return the rule; hosts count only where the web browser is ticked."""
        hosts = lines(typed["hosts"].replace(",", "\n")) if typed["browser"] else None
        return CallerOrigin.read({"native": bool(typed["native"]), "hosts": hosts})

    def spell(self, rule: CallerOrigin | None) -> Typed:
        """Return the ticks and the hosts, one a line."""
        if rule is None:
            return dict.fromkeys(self.inputs, "")
        hosts = rule.hosts or ()
        return {"native": _tick(rule.native), "browser": _tick(rule.hosts is not None), "hosts": "\n".join(hosts)}


class DataAccessField(RuleField):
    """One of three levels."""

    template = "profile/credentials/rules/_access.html"
    inputs = ("data",)

    def read(self, typed: Typed) -> DataAccess:
        """Return the level that was chosen."""
        return DataAccess.read(typed["data"])

    def spell(self, rule: DataAccess | None) -> Typed:
        """Return the level."""
        return {"data": rule.plain() if rule else ""}

    @property
    def levels(self) -> list[tuple[str, str, str]]:
        """Each level with its name and what it means."""
        return [
            ("none", _("No access"), _("Neither read nor write")),
            ("read", _("Read only"), _("List and download")),
            ("write", _("Read & write"), _("And upload, change, delete")),
        ]


class NetworksField(RuleField):
    """One address or network a line."""

    template = "profile/credentials/rules/_networks.html"
    inputs = ("networks",)

    def read(self, typed: Typed) -> Networks:
        """Return the networks of the lines that are not blank."""
        return Networks.read(lines(typed["networks"]))

    def spell(self, rule: Networks | None) -> Typed:
        """Return the networks, one a line."""
        return {"networks": "\n".join(rule.cidrs) if rule else ""}


class RateField(RuleField):
    """A number for each second, minute or hour; without a number there is no limit."""

    template = "profile/credentials/rules/_rate.html"
    inputs = ("rate_count", "rate_period")
    units = tuple(PERIODS)

    def read(self, typed: Typed) -> Rate | None:
        """Return the rate, or None when nothing was typed."""
        return Rate.read(_limit(typed["rate_count"], typed["rate_period"])) if typed["rate_count"].strip() else None

    def spell(self, rule: Rate | None) -> Typed:
        """Return the number and the period."""
        return {"rate_count": str(rule.count) if rule else "", "rate_period": rule.period if rule else "minute"}


class QuotaField(RuleField):
    """A number for each day or month; without a number there is no limit."""

    template = "profile/credentials/rules/_quota.html"
    inputs = ("quota_count", "quota_window")
    units = WINDOWS

    def read(self, typed: Typed) -> Quota | None:
        """Return the quota, or None when nothing was typed."""
        return Quota.read(_limit(typed["quota_count"], typed["quota_window"])) if typed["quota_count"].strip() else None

    def spell(self, rule: Quota | None) -> Typed:
        """Return the number and the window."""
        return {"quota_count": str(rule.count) if rule else "", "quota_window": rule.window if rule else "day"}


def lines(text: str) -> list[str]:
    """Return what was typed, one thing a line, without the blank lines."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _limit(count: str, unit: str) -> str:
    """Return a limit as it is written: somebody may have typed all of it into the field of the number.

    Raises:
        InvalidRule: count, for what is none; the unit was not typed, and is not to be talked of.

    """
    if "/" in count:
        return count
    if not is_count(count):
        raise InvalidRule("count", count)
    return f"{count}/{unit}"


def _tick(is_on: bool) -> str:
    return "y" if is_on else ""
