"""Why is a key refused? Every rule by itself, in the order in which the judge asks them.

Each is asked through the judge: of a row that is good in all but the one thing. So what is said here is what happens.
"""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import SignIn
from portal.clock import now, to_milliseconds
from portal.keys.models import Key, KeySecret, Quota
from portal.policy.facts import Facts
from portal.policy.limits import LimitState
from portal.policy.policy import Policy
from portal.policy.reasons import Reason
from portal.site import change
from portal.verification.judge import judge
from portal.verification.limiter import tightest_quotas
from portal.verification.quotas import Claim
from portal.verification.rules import rules_of
from portal.verification.verdict import KeyRow, Refused


class Step(NamedTuple):
    """One rule, and why it refuses; None lets pass. `limit` is how much of a quota is left."""

    rule: str
    reason: Reason | None = None
    limit: LimitState | None = None


class Explanation(NamedTuple):
    """Every rule in its order, and the reason that the request would be told; None when it would pass.

    Where the key's own rules are not `is_readable` they are none of the steps, and no request passes.
    """

    steps: list[Step]
    reason: Reason | None
    is_readable: bool = True


# What each state of a key is read from; all else is made good while it is asked.
_STATES: dict[str, tuple[str, ...]] = {
    "revoked": ("revoked_at",), "paused": ("paused_at",), "owner": ("owner_disabled_at",),
    "sign-in": ("sign_in_ended_at", "sign_in_ends_at"), "not-before": ("not_before",),
    "expires": ("expires_at", "created_at", "site"),
}  # fmt: skip
_ANYTHING = Facts(any_key=True)


def explain(session: Session, key: Key, facts: Facts) -> Explanation | None:
    """Return what would become of a request with `facts` and the newest secret of `key`; None when it has none yet."""
    row = _row(session, key)
    if row is None:
        return None
    now_ms = to_milliseconds(now())
    policy = Policy.readable(row.policy)
    steps = [*_of_states(row, now_ms)]
    if policy is not None:
        steps += [*_of_policy(policy, facts), *_of_quotas(session, row, now_ms)]
    reason = next((step.reason for step in steps if step.reason is not None), None)
    return Explanation(steps, reason, is_readable=policy is not None)


def _of_states(row: KeyRow, now_ms: int) -> Iterator[Step]:
    good = row._replace(
        revoked_at=None, paused_at=None, secret_ends_at=None, owner_disabled_at=None, sign_in_ended_at=None,
        sign_in_ends_at=None, not_before=None, expires_at=None, created_at=now_ms, policy=Policy().to_text(),
    )  # fmt: skip
    for name, columns in _STATES.items():
        if name == "sign-in" and row.kind != "session":
            continue
        verdict = judge(good._replace(**{column: getattr(row, column) for column in columns}), _ANYTHING, now_ms)
        yield Step(name, verdict.reason if isinstance(verdict, Refused) else None)


def _of_policy(policy: Policy, facts: Facts) -> Iterator[Step]:
    for rule in fields(Policy):
        value = getattr(policy, rule.name)
        if hasattr(value, "judge"):
            yield Step(rule.name, value.judge(facts))


def _of_quotas(session: Session, row: KeyRow, now_ms: int) -> Iterator[Step]:
    """Say what this request would leave of each quota. Rates are counted where requests come in, and soon forgotten."""
    for quota in tightest_quotas(rules_of(row.policy, row.site).quotas):
        window = quota.window_at(now_ms).name
        used = session.scalar(select(Quota.used).where(Quota.key_id == row.key_id, Quota.window == window)) or 0
        answer = Claim.of(row.key_id, [quota], now_ms).answer([used])
        yield Step(f"quota-{quota.window}", answer.reason, answer.states[0])


def _row(session: Session, key: Key) -> KeyRow | None:
    """Return what the judge reads of a key and its newest secret."""
    secret = session.scalars(select(KeySecret).where(KeySecret.key_id == key.id, KeySecret.ends_at.is_(None))).first()
    if secret is None:
        return None
    sign_in = session.get(SignIn, key.sign_in_id) if key.sign_in_id else None
    return KeyRow(
        digest=secret.digest, key_id=key.id, public_id=key.public_id, name=key.name, kind=key.kind,
        owner_id=key.owner_id, user=key.owner.email, policy=key.policy, site=change.as_text(session),
        secret_made_at=to_milliseconds(secret.made_at), secret_ends_at=None,
        created_at=to_milliseconds(key.created_at), revoked_at=_ms(key.revoked_at), paused_at=_ms(key.paused_at),
        owner_disabled_at=_ms(key.owner.disabled_at), not_before=_ms(key.not_before), expires_at=_ms(key.expires_at),
        sign_in_ended_at=_ms(sign_in.ended_at if sign_in else None),
        sign_in_ends_at=_ms(sign_in.ends_at if sign_in else None),
    )  # fmt: skip


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_milliseconds(moment)
