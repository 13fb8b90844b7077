"""The site's settings as they stand, and changing them."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.policy.invalid import InvalidRule
from portal.site.models import Site
from portal.site.settings import SETTINGS, SiteSettings, read_setting, spell

_log = logging.getLogger(__name__)

WHOLE = ""  # in place of a setting's name: a refusal of the change as a whole


def current(session: Session) -> SiteSettings:
    """Return the settings at this moment."""
    return SiteSettings.from_text(as_text(session))


def as_text(session: Session) -> str:
    """Return the settings at this moment as JSON, as `SiteSettings.from_text` and the verification store read them.

    One that cannot be read, as somebody wrote it by hand, is passed over: its default holds on every page. The
    verification store passes over none: there a request is rather refused than let in by a ceiling that is not there.
    """
    texts = {name: _text_of(name, value) for name, value in session.execute(select(Site.name, Site.value))}
    return json.dumps({name: text for name, text in texts.items() if text is not None}, sort_keys=True)


def version(session: Session) -> int:
    """Return a number that is greater after each change of any setting."""
    return int(session.scalar(select(func.coalesce(func.sum(Site.version), 0))) or 0)


def change(session: Session, by: Actor, name: str, text: str) -> Refused | None:
    """Set the setting `name` to what `text` spells; everything that is judged from now on obeys.

    Refuses with setting-unknown, setting-invalid (detail: `reason`, `text`), or default-too-long and
    default-too-high when a new key would by default go beyond a ceiling.
    """
    return next(iter(change_all(session, by, {name: text}).values()), None)


def change_all(
    session: Session, by: Actor, wanted: Mapping[str, str], *, seen: int | None = None
) -> dict[str, Refused]:
    """Set each named setting to what its text spells: all of them, or none where the answer is not empty.

    The answer says of each setting why it is refused, as `change` does. Where the settings are no longer at the version
    `seen`, as another admin was faster, it is {WHOLE: site-changed}.
    """
    values, refused = _read(wanted)
    _one_at_a_time(session)
    if seen is not None and seen != version(session):
        return {WHOLE: Refused("site-changed")}
    before = current(session)
    after = replace(before, **values)
    refused = refused or _contradictions(after, values)
    if not refused:
        for name in values:
            _keep(session, by, name, getattr(before, name), getattr(after, name))
    return refused


def _read(wanted: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Refused]]:
    values: dict[str, Any] = {}
    refused: dict[str, Refused] = {}
    for name, spelt in wanted.items():
        if name not in SETTINGS:
            refused[name] = Refused("setting-unknown", {"name": name})
            continue
        try:
            values[name] = read_setting(name, spelt)
        except InvalidRule as error:
            refused[name] = Refused("setting-invalid", {"reason": error.reason, "text": error.text})
    return values, refused


@lru_cache(maxsize=64)  # so it is logged once
def _text_of(name: Any, value: Any) -> str | None:
    """Return the text of the setting `name` that a row keeps as `value`; None when there is none to read."""
    if name not in SETTINGS:
        return None
    try:
        text: Any = json.loads(value) if isinstance(value, str) else None
        read_setting(name, text)
    except (AttributeError, RecursionError, TypeError, ValueError):
        _log.warning("The setting %s cannot be read in the database: its default holds until it is set anew.", name)
        return None
    return str(text)


def _one_at_a_time(session: Session) -> None:
    """Let changes queue, but nobody who reads. SQLite has one writer; elsewhere a row that is not there is no lock."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE site IN SHARE ROW EXCLUSIVE MODE"))


def _keep(session: Session, by: Actor, name: str, before: Any, after: Any) -> None:
    row = session.get(Site, name, populate_existing=True)
    if before == after and (row is None or _text_of(name, row.value) is not None):
        return
    if row is None:
        row = Site(name=name, version=0)
        session.add(row)
    version = row.version if isinstance(row.version, int) else 0
    row.value, row.version = json.dumps(spell(after)), version + 1
    trail.record(session, Event.SITE_CHANGED, by, name, before=spell(before), after=spell(after))


def _contradictions(site: SiteSettings, changed: Mapping[str, Any]) -> dict[str, Refused]:
    """Say where a new key with the defaults would go beyond a ceiling: nobody could make one."""
    found = {}
    if site.default_days > site.longest_days:
        found["default_days" if "default_days" in changed else "longest_days"] = Refused("default-too-long")
    for limit in ("rate", "quota"):
        ceiling, default = getattr(site, f"{limit}_ceiling"), getattr(site, f"default_{limit}")
        if ceiling and default and not ceiling.covers(default):
            is_of_default = f"default_{limit}" in changed
            found[f"default_{limit}" if is_of_default else f"{limit}_ceiling"] = Refused("default-too-high")
    return found
