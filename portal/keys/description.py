"""What can be told of a key to its owner or an admin, as JSON has it: everything but its secrets."""

from datetime import datetime
from typing import Any

from portal import clock
from portal.keys.models import Key
from portal.keys.status import status_of
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings


def describe(key: Key, site: SiteSettings) -> dict[str, Any]:
    """Return the key's facts, times as ISO 8601 in UTC. `ends` is its end under the site's ceiling, null for never."""
    moment = clock.now()
    overlap = key.old_secret_ends_at if key.old_secret_ends_at and key.old_secret_ends_at > moment else None
    times = {
        "created": key.created_at, "not_before": key.not_before, "expires": key.expires_at,
        "ends": site.ends(key.created_at, key.expires_at), "secret_made": key.secret_made_at,
        "old_secret_ends": overlap, "paused": key.paused_at, "revoked": key.revoked_at,
    }  # fmt: skip
    return {
        "public_id": key.public_id, "name": key.name, "owner": key.owner.email, "kind": key.kind,
        "status": status_of(key, moment, site).value,
        **{name: iso(time) for name, time in times.items()},
        "revoked_by": key.revoked_by, "revoked_reason": key.revoked_reason,
        "last_used": iso(key.last_used.at) if key.last_used else None,
        "last_used_from": key.last_used.address if key.last_used else None,
        "rules": Policy.from_text(key.policy).plain(), "version": key.version,
    }  # fmt: skip


def iso(moment: datetime | None) -> str | None:
    """Return a moment in UTC as ISO 8601 with a Z, to the millisecond where it has any."""
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")
