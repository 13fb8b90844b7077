"""What a key will be able to do, in one sentence of plain words: one function for each rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import format_date, format_decimal, ngettext
from flask_babel import gettext as _
from markupsafe import Markup, escape

from portal.policy.data_access import DataAccess, Level
from portal.policy.limits import Quota, Rate
from portal.policy.networks import Networks
from portal.policy.origin import CallerOrigin
from portal.policy.policy import Policy
from portal.policy.resources import Resources

_FEW = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """A key as a form asks for it, or as it stands."""

    name: str
    policy: Policy
    not_before: datetime | None
    expires_at: datetime | None
    kind: str = "standard"


def sentence(draft: Draft, *, is_readers: bool = True) -> Markup:
    """Return the sentence, with what was chosen marked; `is_readers` is whether the key is of who reads it."""
    policy = draft.policy
    return _say(
        _("%(name)s can %(resources)s and %(data)s, %(origin)s%(networks)s%(limits)s%(dates)s.%(more)s"),
        name=_mark(draft.name.strip() or _("This key")), resources=resources_words(policy.resources),
        data=data_words(policy.data, is_readers=is_readers), origin=origin_words(policy.origin),
        networks=networks_words(policy.networks),
        limits=limits_words(policy.rate, policy.quota), dates=dates_words(draft.not_before, draft.expires_at),
        more=kind_words(draft.kind, is_readers=is_readers),
    )  # fmt: skip


def resources_words(rule: Resources) -> Markup:
    """Say which resources it opens."""
    if not rule.entries:
        return _say(_("call %(nothing)s"), nothing=_mark(_("no resource")))
    if rule.narrows_nothing:
        schemes = _listed([entry.removesuffix("://*") for entry in rule.entries])
        return _say(_("call %(every)s"), every=_mark(_("every %(schemes)s", schemes=schemes)))
    return _say(_("call %(entries)s"), entries=_some(rule.entries))


def data_words(rule: DataAccess, *, is_readers: bool = True) -> Markup:
    """Say what it may do in the data store, and whose data that is."""
    if rule.level is Level.NONE:
        return _say(_("touch %(no_data)s"), no_data=_mark(_("no data")))
    right = _("read") if rule.level is Level.READ else _("read and change")
    return _say(_("%(right)s your data") if is_readers else _("%(right)s its owner's data"), right=_mark(right))


def origin_words(rule: CallerOrigin) -> Markup:
    """Say where its requests come from."""
    native = _mark(_("scripts and servers"))
    if rule.hosts is None:
        return _say(_("from %(native)s"), native=native)
    pages = _some(rule.hosts) if rule.hosts else _mark(_("no host"))
    if rule.native:
        return _say(_("from %(native)s and from web pages on %(pages)s"), native=native, pages=pages)
    return _say(_("from web pages on %(pages)s"), pages=pages)


def networks_words(rule: Networks) -> Markup:
    """Say in which networks; nothing where it may be used from anywhere."""
    return _say(_(" in %(networks)s"), networks=_some(rule.cidrs)) if rule.cidrs else Markup()


def limits_words(rate: Rate | None, quota: Quota | None) -> Markup:
    """Say how often; nothing where there is no limit."""
    units = {
        "second": _("a second"), "minute": _("a minute"), "hour": _("an hour"), "day": _("a day"),
        "month": _("a month"),
    }  # fmt: skip
    said = [_mark(f"{_times(rate.count)} {units[rate.period]}")] if rate else []
    said += [_mark(f"{_times(quota.count)} {units[quota.window]}")] if quota else []
    return _say(_(", at most %(often)s"), often=_say(_(" and ")).join(said)) if said else Markup()


def dates_words(begins: datetime | None, ends: datetime | None) -> Markup:
    """Say from when and until when."""
    first = _say(_(", from %(day)s"), day=_mark(_day(begins))) if begins else Markup()
    if ends is None:
        return first + _say(_(", %(without_end)s"), without_end=_mark(_("without an end")))
    return first + _say(_(", until %(day)s"), day=_mark(_day(ends)))


def kind_words(kind: str, *, is_readers: bool = True) -> Markup:
    """Say what a management key can do besides, and what ends a session key."""
    if kind == "session":
        return _say(_(" It ends %(sooner)s, with the sign-in in which it was made."), sooner=_mark(_("sooner")))
    if kind != "management":
        return Markup()
    manage = _("manage your other keys") if is_readers else _("manage its owner's other keys")
    return _say(_(" It can also %(manage)s, none stronger than itself."), manage=_mark(manage))


def _say(text: str, **parts: Markup) -> Markup:
    """Put parts into a text of ours; whatever people wrote in them was escaped when it was marked."""
    return Markup(text) % parts  # noqa: S704


def _mark(text: str) -> Markup:
    """Return `text`, escaped, as a choice that was made."""
    return Markup("<mark>%s</mark>") % text


def _some(things: Iterable[str]) -> Markup:
    codes = [Markup('<mark><code translate="no">%s</code></mark>') % thing for thing in things]
    if len(codes) <= _FEW + 1:  # "and 1 more" would take as much room as the one
        return Markup(", ").join(codes)
    more = len(codes) - _FEW
    return Markup(", ").join(codes[:_FEW]) + escape(ngettext(" and %(num)d more", " and %(num)d more", more))


def _listed(words: list[str]) -> str:
    *first, last = words
    return str(_("%(first)s and %(last)s", first=", ".join(first), last=last)) if first else last


def _times(count: int) -> str:
    return str(ngettext("once", "%(count)s times", count, count=format_decimal(count)))


def _day(moment: datetime) -> str:
    return str(format_date(moment, "d MMMM y"))
