"""POST /api/v1/keys: a new key of the same owner, no stronger than the caller and no longer-lived."""

from datetime import datetime
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.api import MANAGEMENT, bp
from portal.api.body import idempotency_key, read_body, read_moment, read_rules, read_text
from portal.api.caller import Caller, acting
from portal.api.list_keys import key_answer
from portal.api.problem import Problem, field_problem, refused
from portal.errors import Refused
from portal.keys import issuing, strength
from portal.keys.issuing import AlreadyIssued, Wanted
from portal.policy.policy import Policy
from portal.site.settings import DAY, end_of_day
from portal.web.permissions import KEY, may_call
from portal.web.portal import portal

FIELDS = ("name", "rules", "expires", "not_before", "kind")
KINDS = ("standard", MANAGEMENT)


@bp.post("")
@may_call(KEY)
def make_key() -> ResponseReturnValue:
    """Make a key and answer with its token, once."""
    fields, form = read_body(FIELDS), idempotency_key()
    with acting() as caller:
        wanted = _wanted(fields, caller, form and f"api:{caller.key.owner_id}:{form}")
        beyond = strength.beyond(caller.key, wanted.policy, clock.now(), wanted.expires_at, caller.site)
        caller.must_not_exceed(beyond, "The new key")
        issued = issuing.issue(
            caller.session, caller.actor, caller.key.owner, wanted,
            prefix=portal().settings.key_prefix, peppers=portal().peppers, site=caller.site,
        )  # fmt: skip
        if isinstance(issued, Refused):
            raise refused(issued)
        if isinstance(issued, AlreadyIssued):
            raise _already(issued.key.public_id)
        answer = key_answer(issued.key, caller.site, 201, token=str(issued.token))
    answer.location = url_for("api.one_key", public_id=issued.key.public_id)
    return answer


def _wanted(fields: dict[str, Any], caller: Caller, form_id: str | None) -> Wanted:
    kind = fields.get("kind", KINDS[0])
    if kind not in KINDS:
        raise field_problem("kind", f"The field 'kind' is one of {', '.join(KINDS)}.")
    own = Policy.from_text(caller.key.policy)
    policy = read_rules(fields["rules"]) if "rules" in fields else own
    ends = read_moment(fields, "expires") if "expires" in fields else _default_end(caller)
    return Wanted(read_text(fields, "name"), policy, ends, read_moment(fields, "not_before"), kind, form_id=form_id)


def _default_end(caller: Caller) -> datetime:
    """Return the end of the site's default lifetime, or of the caller if that is earlier."""
    usual = end_of_day(clock.now() + caller.site.default_days * DAY)
    own = caller.site.ends(caller.key.created_at, caller.key.expires_at)
    return usual if own is None else min(usual, own)


def _already(public_id: str) -> Problem:
    detail = f"This Idempotency-Key has made {public_id}; its token was in the first answer and is not kept."
    return Problem("already-issued", detail, public_id=public_id)
