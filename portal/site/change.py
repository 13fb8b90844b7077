"""The site's settings as they stand, and changing one of them."""

import json
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.policy.invalid import InvalidRule
from portal.site.models import Site
from portal.site.settings import SETTINGS, SiteSettings, read_setting, spell


def current(session: Session) -> SiteSettings:
    """Return the settings at this moment."""
    texts = {row.name: json.loads(row.value) for row in session.scalars(select(Site).order_by(Site.name))}
    return SiteSettings.from_text(json.dumps(texts))


def change(session: Session, by: Actor, name: str, text: str) -> Refused | None:
    """Set the setting `name` to what `text` spells; everything that is judged from now on obeys.

    Refuses with setting-unknown, setting-invalid (detail: `reason`, `text`), or default-too-long and
    default-too-high when a new key would by default go beyond a ceiling.
    """
    if name not in SETTINGS:
        return Refused("setting-unknown", {"name": name})
    try:
        value = read_setting(name, text)
    except InvalidRule as error:
        return Refused("setting-invalid", {"reason": error.reason, "text": error.text})
    row = session.get(Site, name, with_for_update=True)
    before = current(session)
    after = replace(before, **{name: value})
    refusal = _contradiction(after)
    if refusal is not None:
        return refusal
    if after == before:
        return None
    if row is None:
        row = Site(name=name, version=0)
        session.add(row)
    row.value, row.version = json.dumps(spell(value)), row.version + 1
    trail.record(session, Event.SITE_CHANGED, by, name, before=spell(getattr(before, name)), after=spell(value))
    return None


def _contradiction(site: SiteSettings) -> Refused | None:
    """Say where a new key with the defaults would go beyond a ceiling: nobody could make one."""
    if site.default_days > site.longest_days:
        return Refused("default-too-long")
    limits = ((site.rate_ceiling, site.default_rate), (site.quota_ceiling, site.default_quota))
    too_high = any(ceiling and default and not ceiling.covers(default) for ceiling, default in limits)  # type: ignore[arg-type]
    return Refused("default-too-high") if too_high else None
