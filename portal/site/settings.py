"""What an admin may change while the portal runs, as the frozen value that the rules read.

Each setting is declared once, here; docs/settings.md is checked. What is decided before a start lives in
`portal.config`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from portal import clock
from portal.policy.invalid import InvalidRule
from portal.policy.limits import Quota, Rate
from portal.policy.policy import Policy
from portal.policy.resources import SCHEME, Resources

DAY = timedelta(days=1)
PRESET_DAYS = (7, 30, 60, 90, 180, 365)
MOST_DAYS = 36_525
SCHEMES_LIMIT = 16
_DAY_MS = 86_400_000


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_DAYS)) and 1 <= int(text) <= MOST_DAYS):
        raise InvalidRule("days", text)
    return int(text)


def _yes_or_no(text: str) -> bool:
    answers = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
    if text.lower() not in answers:
        raise InvalidRule("yes-or-no", text)
    return answers[text.lower()]


def _sign_up(text: str) -> "SignUpRule":
    if text.lower() not in list(SignUpRule):
        raise InvalidRule("sign-up", text)
    return SignUpRule(text.lower())


def _schemes(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.replace(",", " ").split()))
    for name in names:
        if not SCHEME.fullmatch(name):
            raise InvalidRule("scheme", name)
    if not 0 < len(names) <= SCHEMES_LIMIT:
        raise InvalidRule("schemes", len(names))
    return names


def _or_none(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: None if text.lower() == "none" else read(text)


class SignUpRule(StrEnum):
    """Who may make an account."""

    AS_STARTED = "as-started"
    OFF = "off"
    INVITE = "invite"
    OPEN = "open"


class Shape(StrEnum):
    """What a setting's value is, for whoever has to show a field for it."""

    SCHEMES = "schemes"
    DAYS = "days"
    YES_OR_NO = "yes-or-no"
    RATE = "rate"
    QUOTA = "quota"
    SIGN_UP = "sign-up"


_READ: dict[Shape, Callable[[str], Any]] = {
    Shape.SCHEMES: _schemes, Shape.DAYS: _days, Shape.YES_OR_NO: _yes_or_no, Shape.SIGN_UP: _sign_up,
    Shape.RATE: _or_none(Rate.read), Shape.QUOTA: _or_none(Quota.read),
}  # fmt: skip


def _setting(default: Any, shape: Shape, words: str) -> Any:
    return field(default=default, metadata={"shape": shape, "help": words})


@dataclass(frozen=True)
class SiteSettings:
    """All settings of the site; a new value for each change."""

    schemes: tuple[str, ...] = _setting(
        ("algo", "collection", "query", "environment"), Shape.SCHEMES,
        "The schemes of resources; a new key opens all of each.",
    )  # fmt: skip
    default_days: int = _setting(90, Shape.DAYS, "How long a new key lives when nobody chooses, in days.")
    longest_days: int = _setting(
        366, Shape.DAYS, "How long a key may live at most, in days. Holds for living keys too."
    )
    no_expiry: bool = _setting(False, Shape.YES_OR_NO, "If yes, a key may live without end.")
    default_key: bool = _setting(
        True, Shape.YES_OR_NO, "If yes, whoever signs up or accepts an invitation finds a default-key."
    )
    default_rate: Rate | None = _setting(None, Shape.RATE, "The rate limit of a new key, or none.")
    rate_ceiling: Rate | None = _setting(
        None, Shape.RATE, "The highest rate limit of any key, or none. Holds for living keys too."
    )
    default_quota: Quota | None = _setting(None, Shape.QUOTA, "The quota of a new key, or none.")
    quota_ceiling: Quota | None = _setting(
        None, Shape.QUOTA, "The highest quota of any key, or none. Holds for living keys too."
    )

    new_keys: bool = _setting(
        True, Shape.YES_OR_NO, "If no, nobody makes a new API key. Those that there are go on working."
    )
    sign_up: SignUpRule = _setting(
        SignUpRule.AS_STARTED, Shape.SIGN_UP, "Who may make an account without the help of whoever runs the portal."
    )  # fmt: skip

    @classmethod
    def from_text(cls, text: str) -> "SiteSettings":
        """Return the settings of a JSON object of texts, as the verification store reads it from the `site` rows."""
        return _read(text)

    def new_policy(self) -> Policy:
        """Return what a new key may do when nobody chooses: every resource from native clients, and no data."""
        return Policy(resources=Resources.everything(self.schemes), rate=self.default_rate, quota=self.default_quota)

    def longest(self, moment: datetime) -> datetime:
        """Return the last moment at which a key made at `moment` may end: the end of that day, UTC."""
        return end_of_day(moment + self.longest_days * DAY)

    def oldest(self, moment: datetime) -> datetime:
        """Return the creation of the oldest key that the ceiling has not ended at `moment`."""
        day_ms = (clock.to_milliseconds(moment) + 1000) // _DAY_MS * _DAY_MS  # a day ends a second early
        return clock.from_milliseconds(day_ms - self.longest_days * _DAY_MS)

    def presets(self) -> tuple[int, ...]:
        """Return the lifetimes to offer, in days, none longer than the site allows."""
        return tuple(days for days in PRESET_DAYS if days <= self.longest_days)

    def ends_ms(self, created_ms: int, expires_ms: int | None) -> int | None:
        """Return when a key really ends, in milliseconds since 1970: at its own end, or where the site's ceiling is.

        None is never. With no-expiry allowed, a key without an end has none; every other stays under the ceiling.
        """
        if expires_ms is None and self.no_expiry:
            return None
        ceiling = (created_ms + self.longest_days * _DAY_MS) // _DAY_MS * _DAY_MS + _DAY_MS - 1000
        return ceiling if expires_ms is None or expires_ms > ceiling else expires_ms

    def ends(self, created_at: datetime, expires_at: datetime | None) -> datetime | None:
        """Return what `ends_ms` says, as a time."""
        expires_ms = None if expires_at is None else clock.to_milliseconds(expires_at)
        ends_ms = self.ends_ms(clock.to_milliseconds(created_at), expires_ms)
        return None if ends_ms is None else clock.from_milliseconds(ends_ms)


SETTINGS: dict[str, str] = {setting.name: setting.metadata["help"] for setting in fields(SiteSettings)}
SHAPES: dict[str, Shape] = {setting.name: setting.metadata["shape"] for setting in fields(SiteSettings)}


def read_setting(name: str, text: Any) -> Any:
    """Return the value of the setting `name` that `text` spells.

    Raises:
        InvalidRule: a slug for what is wrong.
        KeyError: there is no such setting.

    """
    if not isinstance(text, str):
        raise InvalidRule("setting", text)  # somebody wrote a number into the table
    return _READ[SHAPES[name]](text.strip())


def spell(value: Any) -> str:
    """Return a setting's value as `read_setting` reads it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " ".join(value)
    return str(value.plain()) if hasattr(value, "plain") else str(value)


def end_of_day(moment: datetime) -> datetime:
    """Return 23:59:59 UTC of the day of `moment`: a key works on the whole of its last day."""
    return moment.replace(hour=23, minute=59, second=59, microsecond=0)


@lru_cache(maxsize=64)
def _read(text: str) -> SiteSettings:
    texts = json.loads(text)
    return SiteSettings(**{name: read_setting(name, value) for name, value in texts.items() if name in SETTINGS})
