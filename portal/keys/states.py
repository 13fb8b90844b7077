"""What the status of a key says, as conditions of SQL; the same as `status_of` says of one key."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, not_, or_

from portal.keys.lifetime import lasts_beyond
from portal.keys.models import Key
from portal.keys.status import SOON, Status
from portal.site.settings import SiteSettings


def conditions(moment: datetime, site: SiteSettings) -> dict[Status, ColumnElement[bool]]:
    """Return the condition of each status at `moment`; of a key exactly one holds."""
    unstopped = and_(Key.revoked_at.is_(None), Key.secret_made_at.is_not(None), Key.paused_at.is_(None))
    begun = or_(Key.not_before.is_(None), Key.not_before <= moment)
    lasting, lasting_longer = lasts_beyond(moment, site), lasts_beyond(moment + SOON, site)
    return {
        Status.NO_SECRET: and_(Key.revoked_at.is_(None), Key.secret_made_at.is_(None)),
        Status.ACTIVE: and_(unstopped, begun, lasting_longer),
        Status.EXPIRES_SOON: and_(unstopped, begun, lasting, not_(lasting_longer)),
        Status.NOT_YET: and_(unstopped, Key.not_before > moment),
        Status.PAUSED: and_(Key.revoked_at.is_(None), Key.secret_made_at.is_not(None), Key.paused_at.is_not(None)),
        Status.EXPIRED: and_(unstopped, begun, not_(lasting)),
        Status.REVOKED: Key.revoked_at.is_not(None),
    }
