"""The site's settings as a form: what is typed becomes the text of a setting, and the text what is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.errors import Refused
from portal.keys.ended_by import Ended
from portal.policy.invalid import InvalidRule
from portal.policy.limits import PERIODS, WINDOWS, is_count
from portal.site.change import WHOLE
from portal.site.settings import SETTINGS, SHAPES, Shape, SignUpRule, SiteSettings, read_setting, spell
from portal.web.formats import number
from portal.web.pasted import without_secret
from portal.web.sentences import explain

LABELS: dict[str, Any] = {
    "new_keys": _l("New API keys"), "default_key": _l("A default-key for everyone new"),
    "sign_up": _l("Who may sign up"), "schemes": _l("Schemes of resources"),
    "default_days": _l("Usual lifetime"), "longest_days": _l("Longest lifetime"),
    "no_expiry": _l("Keys without an end"),
    "default_rate": _l("Usual rate limit"), "rate_ceiling": _l("Highest rate limit"),
    "default_quota": _l("Usual quota"), "quota_ceiling": _l("Highest quota"),
}  # fmt: skip
GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_l("Making keys and accounts"), ("new_keys", "sign_up", "default_key")),
    (_l("How long keys live"), ("default_days", "longest_days", "no_expiry")),
    (_l("How often keys may be used"), ("default_rate", "rate_ceiling", "default_quota", "quota_ceiling")),
    (_l("What keys open"), ("schemes",)),
)
CHOICES: dict[Shape, dict[str, Any]] = {
    Shape.YES_OR_NO: {"yes": _l("Yes"), "no": _l("No")},
    Shape.SIGN_UP: {
        SignUpRule.AS_STARTED: _l("As the portal was started"), SignUpRule.OFF: _l("Nobody"),
        SignUpRule.INVITE: _l("Whom an admin invites"), SignUpRule.OPEN: _l("Everybody"),
    },
}  # fmt: skip
_UNITS = {Shape.RATE: tuple(PERIODS), Shape.QUOTA: WINDOWS}
_UNLIMITED = "none"


@dataclass
class SettingField:
    """One setting: what stands in its inputs, what holds at present, and what is wrong."""

    name: str
    typed: str
    now: str
    errors: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of its first input."""
        return self.name

    @property
    def shape(self) -> Shape:
        """What kind of value it is."""
        return SHAPES[self.name]

    @property
    def label(self) -> str:
        """Its name on the page."""
        return str(LABELS.get(self.name, self.name))

    @property
    def help(self) -> str:
        """What it means."""
        return str(_(SETTINGS[self.name]))

    @property
    def default(self) -> str:
        """Its value where nobody has set it, as the page calls it."""
        return self.called(spell(getattr(SiteSettings(), self.name)))

    def called(self, text: str) -> str:
        """Return what the page calls a value: a choice by its words."""
        words = self.choices.get(text, text)
        return str(_("none")) if words == _UNLIMITED else str(words)

    @property
    def units(self) -> tuple[str, ...]:
        """The times that a limit can be for."""
        return _UNITS.get(self.shape, ())

    @property
    def amount(self) -> str:
        """The number of a limit; empty for none."""
        return "" if self.typed == _UNLIMITED else self.typed.partition("/")[0]

    @property
    def unit(self) -> str:
        """The time of a limit."""
        return self.typed.partition("/")[2]

    @property
    def choices(self) -> dict[str, Any]:
        """What can be chosen, and what the page calls each."""
        return CHOICES.get(self.shape, {})


class SettingsForm:
    """All settings, and the version that the page showed."""

    def __init__(self, site: SiteSettings, version: int, sent: Mapping[str, str] | None = None) -> None:
        """Show what holds, or what was `sent`. A setting that was not sent stays as it is, and so does one that the
        sender left as it was shown: else a form that was open for long would undo what others changed.
        """
        self.version = version
        self.asked = ""
        self.errors: dict[str | None, list[str]] = {}
        spelt = {name: spell(getattr(site, name)) for name in SETTINGS}
        typed = {name: _typed(name, sent, spelt[name]) for name in SETTINGS} if sent is not None else spelt
        self._fields = {name: SettingField(name, typed[name], spelt[name]) for name in SETTINGS}
        self.is_confirmed = sent is not None and sent.get("ending") == self.ending

    def __getitem__(self, name: str) -> SettingField:
        return self._fields[name]

    @property
    def groups(self) -> list[tuple[str, list[SettingField]]]:
        """The settings under their headings; one that has no place comes last."""
        placed = {name for _words, names in GROUPS for name in names}
        groups = [(str(words), [self[name] for name in names]) for words, names in GROUPS]
        others = [self[name] for name in SETTINGS if name not in placed]
        return [*groups, (str(_("More")), others)] if others else groups

    def texts(self) -> dict[str, str]:
        """Return what was typed, as the texts of settings."""
        return {name: each.typed for name, each in self._fields.items()}

    @property
    def ending(self) -> str:
        """What decides which living keys end, as the form confirms it."""
        return f"{self['longest_days'].typed} {self['no_expiry'].typed}"

    def site(self) -> SiteSettings | None:
        """Return what was typed as settings; None where some of it is none."""
        try:
            return SiteSettings(**{name: read_setting(name, text) for name, text in self.texts().items()})
        except InvalidRule:
            return None

    def ask(self, ended: Ended) -> None:
        """Say how many living keys would end, and that saving again does it."""
        if not ended.number:
            self.asked = str(_("There are too many keys to count those that would end at once. Save again to do it."))
            return
        self.asked = ngettext(
            "%(count)s living key would end at once. Save again to do it.",
            "%(count)s living keys would end at once. Save again to do it.",
            ended.number, count=number(ended.number) + ("" if ended.is_all else "+"),
        )  # fmt: skip

    def refuse(self, refused: Mapping[str, Refused]) -> None:
        """Say at its field what was refused."""
        for name, refusal in refused.items():
            sentences = [explain(refusal)]
            self.errors[None if name == WHOLE else name] = sentences
            if name != WHOLE:
                self[name].errors = sentences


def _typed(name: str, sent: Mapping[str, str], before: str) -> str:
    """Return the text of a setting in a sent form, without a key that was pasted; `before` is what holds."""
    typed = _limit(name, sent) if SHAPES[name] in _UNITS else sent.get(name)
    return before if typed is None or typed.strip() == sent.get(f"{name}_was") else without_secret(typed.strip())


def _limit(name: str, sent: Mapping[str, str]) -> str | None:
    amount = sent.get(f"{name}_amount")
    if amount is None:
        return None
    if not amount.strip():
        return _UNLIMITED
    return f"{amount.strip()}/{sent.get(f'{name}_unit', '')}" if is_count(amount) else amount
