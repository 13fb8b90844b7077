"""Deleting a key: it is revoked, and leaves its owner's list."""

from flask import abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.keys import finder, lifecycle
from portal.profile import bp
from portal.profile.credentials import CLOSED_DIALOG, show_keys
from portal.profile.list_address import list_url, wish
from portal.web.htmx import fragment_or_page, go, is_partial
from portal.web.permissions import PERSON, may_call
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, me, me_still

DIALOG, PAGE = "profile/credentials/_delete.html", "profile/credentials/delete.html"


@bp.get("/profile/api-credentials/<public_id>/delete")
@may_call(PERSON)
def ask_delete(public_id: str) -> ResponseReturnValue:
    """Ask whether to delete the key: in a dialog, or on a page of its own."""
    key = finder.owned(reading(), me(reading()).id, public_id) or abort(404)
    return fragment_or_page(DIALOG, PAGE, key=key, now=clock.now(), wish=wish())


@bp.post("/profile/api-credentials/<public_id>/delete")
@may_call(PERSON)
def delete_key(public_id: str) -> ResponseReturnValue:
    """Delete the key; sent twice, it answers the same."""
    with writing() as session:
        key = finder.owned(session, me_still(session).id, public_id, or_deleted=True) or abort(404)
        lifecycle.delete(session, actor(), key)
    said = _("Deleted %(name)s. It is refused from now on.", name=key.name)
    if is_partial():
        return show_keys(focus=True, revoked=key.public_id, say=said, companions=(CLOSED_DIALOG,))
    return go(list_url(wish()), say=said)
