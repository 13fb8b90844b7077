"""Says the limits of a key in headers, as draft-ietf-httpapi-ratelimit-headers-11 has them, and in JSON.

    RateLimit-Policy: "rate";q=100;w=60, "quota";q=10000;w=86400
    RateLimit: "rate";r=99;t=60, "quota";r=4711;t=43200

`q` requests in `w` seconds; `r` are left, and no more than those will pass within `t` seconds.
"""

from collections.abc import Sequence
from functools import lru_cache

from portal.gateway.problem import Headers
from portal.policy.limits import LimitState


def limit_headers(limits: Sequence[LimitState], *, is_refused: bool = False) -> Headers:
    """Return the headers that tell of `limits`; none when there are none. A refusal also says when to come again."""
    if not limits:
        return ()
    policies = ", ".join([_policy(limit.name, limit.limit, limit.window_seconds) for limit in limits])
    states = ", ".join([f'"{limit.name}";r={limit.remaining};t={limit.reset_seconds}' for limit in limits])
    told = (("RateLimit-Policy", policies), ("RateLimit", states))
    return (*told, ("Retry-After", str(retry_seconds(limits)))) if is_refused else told


def limits_as_json(limits: Sequence[LimitState]) -> list[dict[str, str | int]]:
    """Return the limits as the answer of `POST /api/v1/verify` tells of them; times are seconds."""
    return [
        {
            "name": limit.name,
            "limit": limit.limit,
            "window": limit.window_seconds,
            "remaining": limit.remaining,
            "reset": limit.reset_seconds,
        }
        for limit in limits
    ]


def retry_seconds(limits: Sequence[LimitState]) -> int:
    """Return when none of the `limits` that refused will refuse any more."""
    return max(limit.reset_seconds for limit in limits)


@lru_cache(maxsize=1024)
def _policy(name: str, count: int, seconds: int) -> str:
    return f'"{name}";q={count};w={seconds}'
