"""POST /api/v1/keys/<public id>/pause and …/resume: stop a key for a while."""

from flask.typing import ResponseReturnValue

from portal.api import bp
from portal.api.body import read_body
from portal.api.caller import Caller, acting
from portal.api.change_key import refuse_session_key
from portal.api.list_keys import key_answer
from portal.api.problem import refused
from portal.errors import Refused
from portal.keys import lifecycle
from portal.keys.models import Key
from portal.web.permissions import KEY, may_call


@bp.post("/<public_id>/pause")
@may_call(KEY)
def pause_key(public_id: str) -> ResponseReturnValue:
    """Refuse every request with a key until it is resumed, however strong it is; a paused one stays as it was."""
    read_body((), may_be_empty=True)
    with acting() as caller:
        key = _key(caller, public_id)
        return _answer(caller, key, lifecycle.pause(caller.session, caller.actor, key))


@bp.post("/<public_id>/resume")
@may_call(KEY)
def resume_key(public_id: str) -> ResponseReturnValue:
    """Let a paused key work again, unless it is stronger than the caller."""
    read_body((), may_be_empty=True)
    with acting() as caller:
        key = _key(caller, public_id)
        caller.must_cover(key)
        return _answer(caller, key, lifecycle.resume(caller.session, caller.actor, key))


def _key(caller: Caller, public_id: str) -> Key:
    key = caller.owned_for_change(public_id)
    refuse_session_key(key)
    return key


def _answer(caller: Caller, key: Key, refusal: Refused | None) -> ResponseReturnValue:
    if refusal is not None:
        raise refused(refusal)
    caller.session.flush()
    return key_answer(key, caller.site)
