"""The site's settings as they stand, and changing them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.policy.invalid import InvalidRule
from portal.site.models import Site
from portal.site.settings import SETTINGS, SiteSettings, read_setting, spell

WHOLE = ""  # in place of a setting's name: a refusal of the change as a whole


def current(session: Session) -> SiteSettings:
    """Return the settings at this moment."""
    return SiteSettings.from_text(as_text(session))


def as_text(session: Session) -> str:
    """Return the settings at this moment as JSON, as `SiteSettings.from_text` and the verification store read them."""
    rows = session.scalars(select(Site).order_by(Site.name).execution_options(populate_existing=True))
    return json.dumps({row.name: json.loads(row.value) for row in rows})


def version(session: Session) -> int:
    """Return a number that is greater after each change of any setting."""
    return session.scalar(select(func.coalesce(func.sum(Site.version), 0))) or 0


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


def _one_at_a_time(session: Session) -> None:
    """Let changes queue, but nobody who reads. SQLite has one writer; elsewhere a row that is not there is no lock."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE site IN SHARE ROW EXCLUSIVE MODE"))


def _keep(session: Session, by: Actor, name: str, before: Any, after: Any) -> None:
    if before == after:
        return
    row = session.get(Site, name)
    if row is None:
        row = Site(name=name, version=0)
        session.add(row)
    row.value, row.version = json.dumps(spell(after)), row.version + 1
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
