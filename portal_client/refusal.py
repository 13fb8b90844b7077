"""The answer to a request that may not pass, as the portal itself gives it: a problem of RFC 9457."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from portal_client.reasons import REASONS, RIGHTS, Reason

Headers = tuple[tuple[str, str], ...]

_BEARER = 'Bearer realm="API key"'
_BASIC = ("WWW-Authenticate", 'Basic realm="API key", charset="UTF-8"')
_REFUSALS = range(400, 500)


class Answer(NamedTuple):
    """An HTTP answer that the app never sees."""

    status: int
    headers: Headers
    body: bytes
    reason: str


def refusal(
    slug: str, environ: Mapping[str, Any], told: Headers = (), *, status: int = 403, right: str | None = None
) -> Answer:
    """Return the refusal for the reason `slug`; `status` is that of a reason which this version does not know.

    `told` are headers to add, `right` is the access that `data-access-denied` misses.
    """
    fallback = Reason(status if status in _REFUSALS else 403, "Not allowed", "The portal does not let this key pass.")
    reason = REASONS.get(slug, fallback)
    extra = {"missing_right": right} if right in RIGHTS else {}
    detail = RIGHTS.get(right, reason.detail) if right else reason.detail
    headers = (*_challenges(slug, reason, environ), *told)
    return _problem(reason.status, slug, reason.headline, detail, headers, **extra)


def _challenges(slug: str, reason: Reason, environ: Mapping[str, Any]) -> Headers:
    """Return the challenges of a 401: no error code where there was no key, and no Basic for a browser's dialog."""
    if reason.status != HTTPStatus.UNAUTHORIZED:
        return ()
    error = "" if slug == "missing" else f', error="invalid_token", error_description="{reason.detail}"'
    bearer = ("WWW-Authenticate", _BEARER + error)
    return (bearer,) if _is_browser(environ) else (bearer, _BASIC)


def _is_browser(environ: Mapping[str, Any]) -> bool:
    return (
        "HTTP_SEC_FETCH_MODE" in environ
        or "Mozilla/" in environ.get("HTTP_USER_AGENT", "")
        or "text/html" in environ.get("HTTP_ACCEPT", "")
    )


def _problem(status: int, reason: str, title: str, detail: str, extra: Headers = (), **members: str | None) -> Answer:
    told = {
        "type": f"urn:problem-type:{reason}", "title": title, "status": status, "detail": detail, "reason": reason,
        **members,
    }  # fmt: skip
    body = json.dumps(told).encode()
    headers = (
        ("Content-Type", "application/problem+json"), ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"), ("X-Auth-Reason", reason), *extra,
    )  # fmt: skip
    return Answer(status, headers, body, reason)


UNAVAILABLE = _problem(
    503, "unavailable", "Try again", "Whether this key is good cannot be known just now. Try again in a moment.",
    (("Retry-After", "1"),),
)  # fmt: skip
