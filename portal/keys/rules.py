"""What a key may do and for how long: within the site's ceilings, changed by its owner, and indexed for admins."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.keys import finder
from portal.keys.models import Key, KeyRule
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings


def beyond_ceiling(
    policy: Policy, created_at: datetime, not_before: datetime | None, expires_at: datetime | None, site: SiteSettings
) -> Refused | None:
    """Say in what a key that is or was made at `created_at` would go beyond what the site allows.

    Refuses with expiry-needed, expiry-too-late (detail: `longest`), expiry-past, never-valid (it would begin after its
    end), rate-too-high or quota-too-high (detail: `ceiling`).
    """
    if expires_at is None and not site.no_expiry:
        return Refused("expiry-needed")
    if expires_at is not None and expires_at > site.longest(created_at):
        return Refused("expiry-too-late", {"longest": site.longest(created_at)})
    if expires_at is not None and expires_at <= clock.now():
        return Refused("expiry-past")
    if not_before is not None and expires_at is not None and not_before >= expires_at:
        return Refused("never-valid")
    return _limits_beyond_ceiling(policy, site)


def _limits_beyond_ceiling(policy: Policy, site: SiteSettings) -> Refused | None:
    if policy.rate and site.rate_ceiling and not site.rate_ceiling.covers(policy.rate):
        return Refused("rate-too-high", {"ceiling": site.rate_ceiling})
    if policy.quota and site.quota_ceiling and not site.quota_ceiling.covers(policy.quota):
        return Refused("quota-too-high", {"ceiling": site.quota_ceiling})
    return None


def under_ceiling(policy: Policy, site: SiteSettings) -> Policy:
    """Return `policy` with no rate and no quota higher than the site allows."""
    if policy.rate and site.rate_ceiling and not site.rate_ceiling.covers(policy.rate):
        policy = replace(policy, rate=site.rate_ceiling)
    if policy.quota and site.quota_ceiling and not site.quota_ceiling.covers(policy.quota):
        policy = replace(policy, quota=site.quota_ceiling)
    return policy


def change(
    session: Session, by: Actor, key: Key, *, policy: Policy, not_before: datetime | None, expires_at: datetime | None,
    version: int, site: SiteSettings,
) -> Refused | None:  # fmt: skip
    """Give `key` other rules and dates; its next request is judged by them.

    Refuses with revoked, session-key, expired (renew it as a new key), changed when `version` is not the one that the
    form showed, and as `beyond_ceiling` does.
    """
    finder.lock(session, key)
    policy, expires_at = _brought_under(key, policy, expires_at, site)
    refusal = _refusal(key, version, site) or _beyond(key, policy, not_before, expires_at, site)
    if refusal is not None:
        return refusal
    before = _told(Policy.from_text(key.policy), key.not_before, key.expires_at)
    after = _told(policy, not_before, expires_at)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        key.policy, key.not_before, key.expires_at, key.version = (
            policy.to_text(),
            not_before,
            expires_at,
            key.version + 1,
        )
        index(session, key)
        trail.record(session, Event.KEY_CHANGED, by, key.public_id, name=key.name, changed=changed)
    return None


def _brought_under(
    key: Key, policy: Policy, expires_at: datetime | None, site: SiteSettings
) -> tuple[Policy, datetime | None]:
    """Bring what is left as it is under a ceiling that came later: a key must stay possible to narrow."""
    if expires_at == key.expires_at and key.secret_made_at is not None:
        expires_at = site.ends(key.created_at, expires_at)
    was, under = Policy.from_text(key.policy), under_ceiling(policy, site)
    rate = under.rate if policy.rate == was.rate else policy.rate
    quota = under.quota if policy.quota == was.quota else policy.quota
    return replace(policy, rate=rate, quota=quota), expires_at


def _refusal(key: Key, version: int, site: SiteSettings) -> Refused | None:
    if key.revoked_at is not None:
        return Refused("revoked")
    if key.kind == "session":
        return Refused("session-key")
    if version != key.version:
        return Refused("changed")
    ends = site.ends(key.created_at, key.expires_at)
    has_begun = key.secret_made_at is not None  # the life of a key without a secret has not
    return Refused("expired") if has_begun and ends is not None and ends <= clock.now() else None


def _beyond(
    key: Key, policy: Policy, not_before: datetime | None, expires_at: datetime | None, site: SiteSettings
) -> Refused | None:
    if key.secret_made_at is None and expires_at is None:
        return _limits_beyond_ceiling(policy, site)  # its end is set when it gets its secret
    return beyond_ceiling(policy, key.created_at, not_before, expires_at, site)


def index(session: Session, key: Key) -> None:
    """Write the key's rules apart, so that an admin can filter by them."""
    session.execute(delete(KeyRule).where(KeyRule.key_id == key.id))
    policy = Policy.from_text(key.policy)
    session.add_all(KeyRule(key_id=key.id, kind=kind, value=value) for kind, value in indexed(policy))


def indexed(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield the kind and the value of each rule that an admin can filter by."""
    yield from (("resource", entry) for entry in policy.resources.entries)
    yield from (("host", host) for host in policy.origin.hosts or ())
    yield from (("network", cidr) for cidr in policy.networks.cidrs)
    yield "data", policy.data.level.value


def _told(policy: Policy, not_before: datetime | None, expires_at: datetime | None) -> dict[str, Any]:
    moments = {"not_before": not_before, "expires": expires_at}
    return policy.plain() | {name: moment and moment.isoformat() for name, moment in moments.items()}
