"""PATCH /api/v1/keys/<public id>: another name, other rules, other dates; all of it or nothing."""

from typing import Any

from flask.typing import ResponseReturnValue

from portal.api import bp
from portal.api.body import read_body, read_moment, read_rules, read_text
from portal.api.caller import Caller, acting
from portal.api.list_keys import key_answer
from portal.api.problem import Problem, refused
from portal.keys import lifecycle, rules, strength
from portal.keys.models import Key
from portal.keys.session_keys import KIND as SESSION
from portal.policy.policy import Policy
from portal.web.permissions import KEY, may_call

FIELDS = ("name", "rules", "expires", "not_before")


@bp.patch("/<public_id>")
@may_call(KEY)
def change_key(public_id: str) -> ResponseReturnValue:
    """Change what is named; a rule that `rules` does not name stays as it is."""
    fields = read_body(FIELDS)
    with acting() as caller:
        key = caller.owned_for_change(public_id)
        refuse_session_key(key)
        caller.must_cover(key)
        if "name" in fields:
            _rename(caller, key, read_text(fields, "name"))
        _change_rules(caller, key, fields)
        caller.session.flush()
        return key_answer(key, caller.site)


def refuse_session_key(key: Key) -> None:
    """Refuse to change a key that belongs to a sign-in."""
    if key.kind == SESSION:
        raise Problem("session-key", "A session key lives and ends with its sign-in; it can only be revoked.")


def _rename(caller: Caller, key: Key, name: str) -> None:
    refusal = lifecycle.rename(caller.session, caller.actor, key, name, site=caller.site)
    if refusal is not None:
        raise refused(refusal)


def _change_rules(caller: Caller, key: Key, fields: dict[str, Any]) -> None:
    if fields.keys() <= {"name"}:
        return
    policy = Policy.from_text(key.policy)
    if "rules" in fields:
        policy = read_rules(fields["rules"], policy.plain())
    ends = read_moment(fields, "expires") if "expires" in fields else key.expires_at
    begins = read_moment(fields, "not_before") if "not_before" in fields else key.not_before
    caller.must_not_exceed(strength.beyond(caller.key, policy, key.created_at, ends, caller.site), "The changed key")
    refusal = rules.change(
        caller.session, caller.actor, key,
        policy=policy, not_before=begins, expires_at=ends, version=key.version, site=caller.site,
    )  # fmt: skip
    if refusal is not None:
        raise refused(refusal)
