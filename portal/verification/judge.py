"""May this request pass? Small checks in a row; the first that objects gives the reason.

Each check reads the key and the time, and answers with a reason or None. The order is fixed and part of what the API
promises: a revoked key that has also expired is `revoked`. The list of keys names its states in the same order. The
rules of the policy come after the state of the key, in the policy's own order; rates and quotas are counted last, by
the limiter, so that a request which is refused here spends none.
"""

from portal.policy.facts import Facts
from portal.policy.reasons import Reason
from portal.quick_tuple import quickly
from portal.site.settings import SiteSettings
from portal.verification.rules import rules_of
from portal.verification.verdict import Allowed, KeyRow, Refused, Verdict

_NEVER = 2**63
_allowed = quickly(Allowed)


def judge(row: KeyRow, facts: Facts, now_ms: int) -> Verdict:
    """Return the verdict on a request with `facts` and the key of `row` at `now_ms`, milliseconds since 1970."""
    rules = row.rules or rules_of(row.policy, row.site)
    reason = (None if now_ms < row.steady_until else _state(row, rules.site, now_ms)) or rules.policy.judge(facts)
    if reason is None:
        return _allowed((row, ()))
    return Refused(reason, row, facts.access if reason is Reason.DATA_ACCESS_DENIED else None)


def steady_until(row: KeyRow) -> int:
    """Return until when nothing in the state of the key stands against a request; 0 where that is not so simple.

    It is not for a key that is good only from some moment on: a clock that is set back must bring that moment back.
    """
    if row.not_before is not None or _state(row, site := SiteSettings.from_text(row.site), 0) is not None:
        return 0
    ends = (row.secret_ends_at, row.sign_in_ends_at, site.ends_ms(row.created_at, row.expires_at))
    return min((end for end in ends if end is not None), default=_NEVER)


def _state(row: KeyRow, site: SiteSettings, now_ms: int) -> Reason | None:
    return _stopped(row, now_ms) or _without_owner(row, now_ms) or _out_of_its_time(row, site, now_ms)


def _stopped(row: KeyRow, now_ms: int) -> Reason | None:
    if row.revoked_at is not None:
        return Reason.REVOKED
    if row.paused_at is not None:
        return Reason.PAUSED
    return Reason.REPLACED if _past(row.secret_ends_at, now_ms) else None


def _without_owner(row: KeyRow, now_ms: int) -> Reason | None:
    if row.owner_disabled_at is not None:
        return Reason.OWNER_DISABLED
    ended = row.sign_in_ended_at is not None or _past(row.sign_in_ends_at, now_ms)
    return Reason.REVOKED if ended else None  # a session key ends with its sign-in, for good


def _out_of_its_time(row: KeyRow, site: SiteSettings, now_ms: int) -> Reason | None:
    if row.not_before is not None and now_ms < row.not_before:
        return Reason.NOT_YET_VALID
    return Reason.EXPIRED if _past(site.ends_ms(row.created_at, row.expires_at), now_ms) else None


def _past(moment: int | None, now_ms: int) -> bool:
    return moment is not None and moment <= now_ms
