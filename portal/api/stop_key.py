"""POST /api/v1/keys/<public id>/rotate and …/revoke: a new secret, or none any more."""

from datetime import datetime

from flask.typing import ResponseReturnValue

from portal import clock
from portal.api import bp
from portal.api.body import idempotency_key, read_body, read_text
from portal.api.caller import acting
from portal.api.change_key import refuse_session_key
from portal.api.list_keys import key_answer
from portal.api.problem import Problem, field_problem, refused
from portal.errors import Refused
from portal.keys import lifecycle, rotation
from portal.keys.overlaps import OVERLAPS, overlap_ends
from portal.keys.reason import REASON_LIMIT, InvalidReason, clean_reason
from portal.keys.rotation import AlreadyRotated
from portal.web.permissions import KEY, may_call
from portal.web.portal import portal

OVERLAP = "24h"


@bp.post("/<public_id>/rotate")
@may_call(KEY)
def rotate_key(public_id: str) -> ResponseReturnValue:
    """Give a key a new secret and answer with its token, once."""
    ends, form = _overlap_ends(read_body(("overlap",), may_be_empty=True)), idempotency_key()
    with acting() as caller:
        key = caller.owned(public_id)
        form_id = form and f"api:{caller.key.owner_id}:{public_id}:{form}"
        refuse_session_key(key)
        if rotation.made_by(caller.session, form_id) is None:
            key = caller.owned_for_change(public_id)
            caller.must_cover(key)
        rotated = rotation.rotate(
            caller.session, caller.actor, key, ends, peppers=portal().peppers, site=caller.site, form_id=form_id
        )
        if isinstance(rotated, Refused):
            raise refused(rotated)
        if isinstance(rotated, AlreadyRotated):
            detail = "This Idempotency-Key has rotated the key; the token was in the first answer and is not kept."
            raise Problem("already-rotated", detail, public_id=public_id)
        caller.session.flush()
        caller.session.refresh(key)
        return key_answer(key, caller.site, token=str(rotated.token))


@bp.post("/<public_id>/revoke")
@may_call(KEY)
def revoke_key(public_id: str) -> ResponseReturnValue:
    """Stop a key for good, however strong it is; one that was revoked before stays as it was."""
    reason = _reason(read_body(("reason",), may_be_empty=True))
    with acting() as caller:
        key = caller.owned_for_change(public_id)
        lifecycle.revoke(caller.session, caller.actor, key, reason)
        caller.session.flush()
        return key_answer(key, caller.site)


def _overlap_ends(fields: dict[str, object]) -> datetime | None:
    overlap = fields.get("overlap", OVERLAP)
    try:
        return overlap_ends(overlap if isinstance(overlap, str) else "", clock.now())
    except ValueError:
        detail = f"The field 'overlap' is one of {', '.join(OVERLAPS)}, or a day or time as 2030-12-31T08:00:00Z."
        raise field_problem("overlap", detail) from None


def _reason(fields: dict[str, object]) -> str | None:
    if fields.get("reason") is None:
        return None
    try:
        return clean_reason(read_text(fields, "reason"))
    except InvalidReason:
        detail = f"The field 'reason' has at most {REASON_LIMIT} characters, all of them visible."
        raise field_problem("reason", detail) from None
