"""The values of a verification: what is stored of a key, and the verdict."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from portal.policy.facts import Access
from portal.policy.limits import LimitState
from portal.policy.reasons import Reason
from portal.verification.rules import Rules


class KeyRow(NamedTuple):
    """All that the verdict reads of a key, its secret, its owner, its sign-in and the site.

    Times are milliseconds since 1970. `digest` is that of the secret that was sent; `policy` and `site` are JSON.
    `steady_until` (`judge.steady_until`) and `rules` are worked out of the others by whoever remembers the row; else
    they are 0 and None.
    """

    digest: bytes
    key_id: int
    public_id: str
    name: str
    kind: str
    owner_id: int
    user: str
    created_at: int
    revoked_at: int | None
    paused_at: int | None
    secret_made_at: int
    secret_ends_at: int | None
    owner_disabled_at: int | None
    sign_in_ended_at: int | None
    sign_in_ends_at: int | None
    not_before: int | None
    expires_at: int | None
    policy: str
    site: str
    steady_until: int = 0
    rules: Rules | None = None

    @classmethod
    def of(cls, columns: Sequence[Any]) -> "KeyRow":
        """Return the row of the columns that a store selects, in the order of the fields."""
        return tuple.__new__(cls, (*columns, 0, None))


class Allowed(NamedTuple):
    """The request may pass, on account of this key; `limits` are its limits after this request."""

    key: KeyRow
    limits: tuple[LimitState, ...] = ()


class Refused(NamedTuple):
    """The request may not pass. `key` is None when it is not known which key was meant.

    `right` is the access that `data-access-denied` misses; `limits` are those of a key that was used too much.
    """

    reason: Reason
    key: KeyRow | None = None
    right: Access | None = None
    limits: tuple[LimitState, ...] = ()


Verdict = Allowed | Refused
