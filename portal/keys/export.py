"""Keys as rows of a file, a stretch of ids at a time, so that no read lasts and nothing grows with their number."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from portal import clock
from portal.keys import finder
from portal.keys.filters import filters, listed
from portal.keys.models import Key, KeyLastUsed
from portal.keys.sieve import Sieve
from portal.keys.status import status_of
from portal.site.settings import SiteSettings

COLUMNS = (
    "public_id", "name", "owner", "kind", "status", "created", "not_before", "expires", "last_used", "last_used_from",
    "paused", "paused_by", "paused_reason", "revoked", "revoked_by", "revoked_reason", "rules",
)  # fmt: skip
_IDS = 5_000
_MOST = 2**63 - 1


def stretch(
    session: Session, sieve: Sieve, site: SiteSettings, after: int | None
) -> tuple[list[Mapping[str, Any]], int | None]:
    """Return the next of the keys that pass `sieve`, after the id `after`, and the id to go on from; None at the end.

    A stretch begins at the next id that there is: a number far away, as somebody wrote it by hand, costs no more.
    """
    following = select(func.min(Key.id)).where(*([] if after is None else [Key.id > after]))
    first = session.scalar(following)
    if first is None:
        return [], None
    last = min(first + _IDS - 1, _MOST)
    rows = (
        select(Key).join(Key.owner).join(KeyLastUsed, KeyLastUsed.key_id == Key.id, isouter=True)
        .options(contains_eager(Key.owner)).execution_options(populate_existing=True)
        .where(Key.id >= first, Key.id <= last, listed(sieve))
        .where(*(found.condition for found in filters(session, sieve, site)))
        .order_by(Key.id)
    )  # fmt: skip
    moment = clock.now()
    found = [_row(key, moment, site) for key in session.scalars(rows)]
    return found, last if last < finder.highest(session) else None


def _row(key: Key, moment: datetime, site: SiteSettings) -> Mapping[str, Any]:
    used = key.last_used
    return {
        "public_id": key.public_id, "name": key.name, "owner": key.owner.email, "kind": key.kind,
        "status": status_of(key, moment, site).value, "created": _iso(key.created_at),
        "not_before": _iso(key.not_before), "expires": _iso(site.ends(key.created_at, key.expires_at)),
        "last_used": _iso(used.at) if used else None, "last_used_from": used.address if used else None,
        "paused": _iso(key.paused_at), "paused_by": key.paused_by, "paused_reason": key.paused_reason,
        "revoked": _iso(key.revoked_at), "revoked_by": key.revoked_by, "revoked_reason": key.revoked_reason,
        "rules": key.policy,
    }  # fmt: skip


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
