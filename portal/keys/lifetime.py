"""How long a key lives, as a condition of SQL: to its own end, or to the site's ceiling if that comes first."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from portal.keys.models import Key
from portal.site.settings import SiteSettings


def lasts_beyond(moment: datetime, site: SiteSettings) -> ColumnElement[bool]:
    """Return the condition that a key does not end up to `moment`; the same as `site.ends` says."""
    own = or_(Key.expires_at.is_(None), Key.expires_at > moment)
    under_ceiling = Key.created_at >= site.oldest(moment)
    return and_(own, or_(under_ceiling, Key.expires_at.is_(None)) if site.no_expiry else under_ceiling)
