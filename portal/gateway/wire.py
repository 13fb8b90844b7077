"""How a request becomes facts and a verdict becomes an answer: the only place where either is made.

A refusal is an `application/problem+json` with its slug in `reason` and in `X-Auth-Reason`. A 401 names the Bearer
scheme, and to programs the Basic one as well; a browser is not told of Basic, because it would put up its own dialog.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from portal.client_ip import Network, client_address, peer_is_trusted
from portal.clock import from_milliseconds
from portal.gateway.limit_headers import limit_headers, limits_as_json
from portal.gateway.problem import Answer, Headers, answer, problem
from portal.policy.facts import TEXT_LIMIT, Access, Facts
from portal.policy.reasons import Reason
from portal.quick_tuple import quickly
from portal.site.settings import SiteSettings
from portal.verification.verdict import Allowed, KeyRow, Refused, Verdict

REALM = "API key"
METHOD_LIMIT = 16
AUTH = "/auth"

_EMPTY = (("Content-Length", "0"), ("Cache-Control", "no-store"))
_NO_NEEDS = (None, None, False)
_facts, _answer = quickly(Facts), quickly(Answer)
_BEARER = f'Bearer realm="{REALM}"'
_BASIC = ("WWW-Authenticate", f'Basic realm="{REALM}", charset="UTF-8"')
_ACCESSES = {access.value: access for access in Access}
_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")


def facts_of(
    environ: Mapping[str, Any],
    trusted: Sequence[Network],
    *,
    resource: str | None = None,
    access: Access | None = None,
    any_key: bool = False,
) -> Facts:
    """Return the facts of a request that came to the protected API itself, and what that says it needs."""
    return _facts((
        _address(environ, trusted), _page(environ.get("HTTP_ORIGIN")), _page(environ.get("HTTP_REFERER")),
        environ["REQUEST_METHOD"][:METHOD_LIMIT], resource, access, any_key, _path(environ),
    ))  # fmt: skip


def forwarded_facts(
    environ: Mapping[str, Any],
    trusted: Sequence[Network],
    *,
    is_envoy: bool = False,
    states_needs: bool = False,
) -> Facts:
    """Return the facts of a request that a proxy asks about: what it forwards of it, if that proxy is trusted.

    `is_envoy`: it asks with the request's own method, and with its path below `/auth`.
    `states_needs`: the proxy also sets what the request needs, on each request, over whatever the client wrote.
    """
    address = _address(environ, trusted)
    origin, referer = environ.get("HTTP_ORIGIN"), environ.get("HTTP_REFERER")
    if origin or referer:
        origin, referer = _page(origin), _page(referer)
    if not peer_is_trusted(environ.get("REMOTE_ADDR"), trusted):
        return _facts((address, origin, referer, None, *_NO_NEEDS, None))
    method, path = _asked_about(environ, is_envoy=is_envoy)
    method, path = method and method[:METHOD_LIMIT], path and path.partition("?")[0][:TEXT_LIMIT]
    needs = _needs(environ) if states_needs else _NO_NEEDS
    return _facts((address, origin, referer, method, *needs, path))


def _asked_about(environ: Mapping[str, Any], *, is_envoy: bool) -> tuple[str | None, str | None]:
    """Return the method and the address of the request that a proxy is holding."""
    if is_envoy:
        return environ["REQUEST_METHOD"], _path(environ).removeprefix(AUTH) or None
    method = environ.get("HTTP_X_FORWARDED_METHOD") or environ.get("HTTP_X_ORIGINAL_METHOD")
    return method, environ.get("HTTP_X_FORWARDED_URI") or environ.get("HTTP_X_ORIGINAL_URI")


def _needs(environ: Mapping[str, Any]) -> tuple[str | None, Access | None, bool]:
    """Return what a trusted proxy says that the request needs. What it says wrongly is a need that nothing meets."""
    resource, access = environ.get("HTTP_X_PORTAL_RESOURCE"), environ.get("HTTP_X_PORTAL_ACCESS")
    any_key = environ.get("HTTP_X_PORTAL_ANY_KEY") == "true"
    if access and access not in _ACCESSES:
        return "", None, any_key
    return (None if resource is None else whole(resource)), (_ACCESSES[access] if access else None), any_key


def forward_auth_answer(verdict: Verdict, environ: Mapping[str, Any]) -> Answer:
    """Return what `GET /auth` says: 200 with who it is, else why not."""
    if isinstance(verdict, Allowed):
        said = _answer(("200 OK", (*_EMPTY, *_identity(verdict.key)), b""))
        return with_limits(said, verdict) if verdict.limits else said
    return refusal_answer(verdict, environ)


def refusal_answer(refused: Refused, environ: Mapping[str, Any]) -> Answer:
    """Return the problem that a refused request is answered with."""
    return with_limits(_REFUSALS[refused.reason, refused.right, _is_browser(environ)], refused)


def verify_answer(verdict: Verdict) -> Answer:
    """Return what `POST /api/v1/verify` says: 200 and the verdict as JSON, whichever it is."""
    said = _refused_as_json(verdict) if isinstance(verdict, Refused) else _allowed_as_json(verdict)
    if verdict.limits:
        said["limits"] = limits_as_json(verdict.limits)
    reason = (("X-Auth-Reason", verdict.reason.value),) if isinstance(verdict, Refused) else ()
    return with_limits(answer(200, "application/json", json.dumps(said).encode(), reason), verdict)


def header_text(text: str) -> str:
    """Return `text` as a header can carry it: all but printable ASCII, and `%` itself, percent-encoded as UTF-8."""
    if text.isascii() and text.isprintable() and "%" not in text:
        return text
    return quote(text, safe=_PRINTABLE)


def _identity(key: KeyRow) -> Headers:
    name = ("X-Auth-Key-Name", header_text(key.name))
    return (*_owner(key.user, key.owner_id), ("X-Auth-Key-Id", key.public_id), name)


@lru_cache(maxsize=4096)
def _owner(user: str, owner_id: int) -> Headers:
    return ("X-Auth-User", header_text(user)), ("X-Auth-User-Id", str(owner_id))


def _address(environ: Mapping[str, Any], trusted: Sequence[Network]) -> str | None:
    return client_address(environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR"), trusted)


def _path(environ: Mapping[str, Any]) -> str:
    """Return the path as text: WSGI hands over its UTF-8 bytes one by one, as if they were Latin-1."""
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    if path.isascii():
        return path[:TEXT_LIMIT]
    return path.encode("latin-1", "replace").decode("utf-8", "replace")[:TEXT_LIMIT]


def whole(resource: str) -> str:
    """Return a resource, or one that nothing opens where it is too long: its beginning would be another one."""
    return resource if len(resource) <= TEXT_LIMIT else ""


def _page(text: str | None) -> str | None:
    """Return the address of a page, or its origin where it is long; `null` where even that is: a part may lie."""
    if not text or len(text) <= TEXT_LIMIT:
        return text
    origin = "/".join(text.split("/", 3)[:3])
    return origin if len(origin) <= TEXT_LIMIT else "null"


def _is_browser(environ: Mapping[str, Any]) -> bool:
    """Return whether a challenge for Basic would make the asking program put up a dialog. When in doubt, yes."""
    return (
        "HTTP_SEC_FETCH_MODE" in environ
        or "Mozilla/" in environ.get("HTTP_USER_AGENT", "")
        or "text/html" in environ.get("HTTP_ACCEPT", "")
    )


def _iso(milliseconds: int) -> str:
    return from_milliseconds(milliseconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refusal(reason: Reason, right: Access | None, status: int, *, to_browser: bool) -> Answer:
    detail = reason.detail if right is None else f"This key has no right to {right} data. {_REMEDY[right]}"
    extra = {} if right is None else {"missing_right": right}
    headers = _challenges(reason, to_browser=to_browser)
    return problem(status, reason.value, reason.headline, detail, headers, **extra)


def _challenges(reason: Reason, *, to_browser: bool) -> Headers:
    """Return the challenges of a 401. One for a request without a key has no error code (RFC 6750, section 3.1)."""
    if reason.status != HTTPStatus.UNAUTHORIZED:
        return ()
    error = "" if reason is Reason.MISSING else f', error="invalid_token", error_description="{reason.detail}"'
    bearer = ("WWW-Authenticate", _BEARER + error)
    return (bearer,) if to_browser else (bearer, _BASIC)


def _allowed_as_json(allowed: Allowed) -> dict[str, Any]:
    key = allowed.key
    ends = SiteSettings.from_text(key.site).ends_ms(key.created_at, key.expires_at)
    return {
        "allowed": True,
        "user": key.user,
        "user_id": key.owner_id,
        "key": {"id": key.public_id, "name": key.name, "kind": key.kind},
        "expires": None if ends is None else _iso(ends),
    }


def _refused_as_json(refused: Refused) -> dict[str, Any]:
    said = {"allowed": False, "reason": refused.reason, "status": refused.reason.status}
    return said if refused.right is None else {**said, "missing_right": refused.right}


def with_limits(said: Answer, verdict: Verdict) -> Answer:
    """Return the answer with the limits of the key, and on a refusal when to come again, in its headers."""
    if not verdict.limits:
        return said
    told = limit_headers(verdict.limits, is_refused=isinstance(verdict, Refused))
    return _answer((said.status, (*said.headers, *told), said.body))


_REMEDY = {
    Access.READ: "Its owner can give it Read only, or Read & write.",
    Access.WRITE: "Its owner can give it Read & write.",
}
# Little in a refusal varies but the reason and the right that is missing, so all of them are made once.
_CASES: tuple[tuple[Reason, Access | None], ...] = (
    *((reason, None) for reason in Reason),
    *((Reason.DATA_ACCESS_DENIED, right) for right in Access),
)
_REFUSALS = {
    (reason, right, to_browser): _refusal(reason, right, reason.status, to_browser=to_browser)
    for reason, right in _CASES
    for to_browser in (False, True)
}
