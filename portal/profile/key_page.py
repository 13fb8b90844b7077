"""The page of one key: its state, its dates and its history."""

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.audit import trail
from portal.keys import finder, leaks, rotation
from portal.profile import bp
from portal.web.history import happenings
from portal.web.permissions import PERSON, may_call
from portal.web.unit_of_work import reading
from portal.web.who import me


@bp.get("/profile/api-credentials/<public_id>")
@may_call(PERSON)
def key_page(public_id: str) -> ResponseReturnValue:
    """Show everything that is known of the key, but for its secret, which nobody knows."""
    session = reading()
    key = finder.owned(session, me(session).id, public_id) or abort(404)
    history = happenings(trail.history(session, key.public_id))
    return render_template(
        "profile/credentials/key.html",
        key=key, history=history, now=clock.now(),
        overlap=rotation.overlap(session, key), leaks=leaks.living_leaks(session, key.owner_id, key),
    )  # fmt: skip
