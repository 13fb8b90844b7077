"""How times are written on pages: near ones in words, all of them in UTC."""

from datetime import UTC, datetime, timedelta

from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _

from portal import clock

_JUST_NOW = timedelta(seconds=45)
_NEVER_COARSER = 10**9


def init_app(app: Flask) -> None:
    """Give the filters to every template, and the language that it is written in."""
    app.jinja_env.globals["get_locale"] = get_locale
    app.jinja_env.filters.update(
        ago=ago, clock=clock_time, day=day, days_away=days_away, duration=duration, exact=exact, hours_away=hours_away,
        number=number,
    )  # fmt: skip


def ago(moment: datetime) -> str:
    """Return how far `moment` is from now: "3 minutes ago", "in 2 hours", "Just now"."""
    distance = moment - clock.now()
    if abs(distance) < _JUST_NOW:
        return str(_("Just now"))
    return format_timedelta(distance, add_direction=True, locale=get_locale())


def hours_away(moment: datetime) -> str:
    """Return how far `moment` is from now, in hours up to two days and in minutes up to two hours: "in 23 hours"."""
    return format_timedelta(moment - clock.now(), threshold=2, add_direction=True, locale=get_locale())


def duration(span: timedelta) -> str:
    """Return a length of time in one unit: "45 minutes", "1 hour", "7 days"."""
    return format_timedelta(span, threshold=1, locale=get_locale())


def days_away(moment: datetime) -> str:
    """Return how many days of the calendar `moment` is away, however many: "in 90 days", "18 days ago", "today"."""
    days = moment.astimezone(UTC).date() - clock.now().date()
    if not days:
        return str(_("today"))
    return format_timedelta(days, granularity="day", threshold=_NEVER_COARSER, add_direction=True, locale=get_locale())


def day(moment: datetime) -> str:
    """Return the date: "18 Feb 2027"."""
    return format_date(moment, "d MMM y", locale=get_locale())


def number(count: int) -> str:
    """Return a whole number with its thousands apart: "1,234"."""
    return format_decimal(count, locale=get_locale())


def clock_time(moment: datetime) -> str:
    """Return hours and minutes: "22:30"."""
    return moment.strftime("%H:%M")


def exact(moment: datetime) -> str:
    """Return all of it: "2026-11-20 22:30:05 UTC"."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
