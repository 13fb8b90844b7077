"""The page of one key: its state, its dates and its history."""

from flask import abort, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.keys import finder, leaks, rotation
from portal.profile import bp
from portal.web.history import key_history
from portal.web.htmx import fragment_or_page
from portal.web.permissions import PERSON, may_call
from portal.web.unit_of_work import reading
from portal.web.usage_words import USAGE, usage_of
from portal.web.who import me

PAGE = "profile/credentials/key.html"


@bp.get("/profile/api-credentials/<public_id>")
@may_call(PERSON)
def key_page(public_id: str) -> ResponseReturnValue:
    """Show everything that is known of the key, but for its secret, which nobody knows."""
    session = reading()
    key = finder.owned(session, me(session).id, public_id) or abort(404)
    return fragment_or_page(
        USAGE if "span" in request.args else PAGE, PAGE,
        key=key, usage=usage_of(session, key), history=key_history(session, key.public_id), now=clock.now(),
        overlap=rotation.overlap(session, key), leaks=leaks.living_leaks(session, key.owner_id, key),
    )  # fmt: skip
