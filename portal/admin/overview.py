"""What an admin sees first: how the server is used, and which keys want to be looked at."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import clock
from portal.admin import bp
from portal.site.settings import SiteSettings
from portal.usage import census
from portal.usage.charts import share
from portal.usage.tally import SITE
from portal.web.htmx import fragments, is_partial
from portal.web.permissions import ADMIN, may_call
from portal.web.site import site_settings
from portal.web.unit_of_work import reading
from portal.web.usage_words import drawn

CALLS = "admin/_calls.html"


@bp.get("/")
@may_call(ADMIN)
def overview() -> ResponseReturnValue:
    """Show how the server is used; HTMX gets the chart alone, for another span."""
    session = reading()
    calls = drawn(session, SITE)
    if is_partial():
        return fragments(CALLS, calls=calls)
    return render_template("admin/overview.html", calls=calls, **_counted(session, site_settings()))


def _counted(session: Session, site: SiteSettings) -> dict[str, Any]:
    counted = census.latest(session, site)
    keys = census.named(session, counted)
    return {
        "counted": counted, "now": clock.now(), "newest": census.newest(session),
        "soon": [keys[key_id] for key_id in counted.soon if key_id in keys],
        "stale": [keys[key_id] for key_id in counted.stale if key_id in keys],
        "refused": [(keys[key_id], number) for key_id, number in counted.refused if key_id in keys],
    }  # fmt: skip


@bp.context_processor
def overview_words() -> dict[str, Any]:
    """Give the templates of this door the functions they call."""
    return {"share": share, "keys_url": _keys_url, "unused_days": census.UNUSED_DAYS}


def _keys_url(public_id: str = "", **filters: Any) -> str:
    """Return the address of the list of keys, sifted, or of one key."""
    return url_for("admin.key_page", public_id=public_id) if public_id else url_for("admin.keys", **filters)
