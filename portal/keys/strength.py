"""Whether one key is no stronger than another and lives no longer: what a management key may make and change."""

from dataclasses import fields, replace
from datetime import datetime

from portal.keys.models import Key
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings


def beyond(
    key: Key, policy: Policy, created_at: datetime, expires_at: datetime | None, site: SiteSettings
) -> list[str]:
    """Return in what a key with `policy` and these dates goes beyond `key`: names of rules, or expires."""
    own = Policy.from_text(key.policy)
    wider = [
        rule.name for rule in fields(Policy) if not own.covers(replace(own, **{rule.name: getattr(policy, rule.name)}))
    ]
    return [*wider, *(["expires"] if _outlives(key, created_at, expires_at, site) else [])]


def key_beyond(key: Key, other: Key, site: SiteSettings) -> list[str]:
    """Return in what the key `other` goes beyond `key`, as `beyond` does."""
    return beyond(key, Policy.from_text(other.policy), other.created_at, other.expires_at, site)


def _outlives(key: Key, created_at: datetime, expires_at: datetime | None, site: SiteSettings) -> bool:
    own, its = site.ends(key.created_at, key.expires_at), site.ends(created_at, expires_at)
    return own is not None and (its is None or its > own)
