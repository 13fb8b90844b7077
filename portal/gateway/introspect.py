"""`POST /oauth/introspect`, RFC 7662: what OAuth libraries ask of a key, and what they are told.

A caller is a protected API: it sends the service token as Bearer, or as the password of HTTP Basic, whoever the user.
A key that may not pass is `{"active": false}` and nothing else; the reason stands in the header `X-Auth-Reason`, which
such a library never looks at and a person at the caller's log does.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from portal.gateway import wire
from portal.gateway.problem import Answer, Headers, answer
from portal.gateway.question import Question, facts_of_fields, key_of_field
from portal.policy.data_access import RIGHTS
from portal.policy.facts import Access
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings
from portal.strict_json import NotUnderstood
from portal.verification.carriers import bearer_token
from portal.verification.verdict import Allowed, KeyRow, Refused, Verdict

PATH = "/oauth/introspect"
FORM = "application/x-www-form-urlencoded"
FIELDS = ("token", "token_type_hint", "address", "origin", "referer", "resource", "access", "any_key")

_MOST_PARAMETERS = 50
_LONGEST_BASIC = 2048
_YES_OR_NO = {"true": True, "false": False}


def secrets_sent(environ: Mapping[str, Any]) -> list[str]:
    """Return what the caller may mean as the service token: its Bearer, or its Basic password as it is and decoded.

    OAuth has the password percent-encoded before it goes into Basic (RFC 6749, section 2.3.1); not every library does.
    """
    bearer = bearer_token(environ)
    if bearer is not None:
        return [bearer]
    scheme, _, text = (environ.get("HTTP_AUTHORIZATION") or "").strip().partition(" ")
    if scheme.lower() != "basic" or len(text) > _LONGEST_BASIC:
        return []
    try:
        password = base64.b64decode(text.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return []
    return [secret for secret in (password, unquote_plus(password)) if secret]


def read_form(content_type: str, body: bytes) -> Question:
    """Return the question that a form asks. A parameter without a value, or one not known, counts as left out.

    Raises:
        NotUnderstood: `detail` is a sentence that never shows a value.

    """
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise NotUnderstood(400, f"The body must be {FORM}.")
    fields = _fields(body)
    if "token" not in fields:
        raise NotUnderstood(400, "The parameter 'token' is needed: the API key, as the request carried it.")
    return Question(key_of_field(fields["token"]), facts_of_fields(fields))


def not_understood(error: NotUnderstood) -> Answer:
    """Return the answer to a question that cannot be read: 413 for too large a body, else 400."""
    return _fault(error.status if error.status == 413 else 400, "invalid_request", "not-understood", error.detail)  # noqa: PLR2004


def introspection_answer(verdict: Verdict) -> Answer:
    """Return what RFC 7662 has of a key: who it is when it may pass, and else only that it may not."""
    said = {"active": False} if isinstance(verdict, Refused) else _active(verdict)
    reason = (("X-Auth-Reason", verdict.reason.value),) if isinstance(verdict, Refused) else ()
    return wire.with_limits(answer(200, "application/json", json.dumps(said).encode(), reason), verdict)


def _fields(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, True, True, errors="strict", max_num_fields=_MOST_PARAMETERS) if text else []
    except ValueError:
        raise NotUnderstood(400, "The body is not a form, percent-encoded as UTF-8.") from None
    if len({name for name, _value in pairs}) < len(pairs):
        raise NotUnderstood(400, "A parameter is there twice.")
    fields: dict[str, Any] = {name: value for name, value in pairs if value}
    if "any_key" in fields:
        fields["any_key"] = _YES_OR_NO.get(fields["any_key"], fields["any_key"])
    return fields


def _active(allowed: Allowed) -> dict[str, Any]:
    key = allowed.key
    known = {
        "scope": _scope(key.policy),
        "exp": _ends(key),
        "iat": key.secret_made_at // 1000,
        "nbf": None if key.not_before is None else key.not_before // 1000,
    }
    said = {
        "active": True,
        "sub": str(key.owner_id),
        "username": key.user,
        "client_id": key.public_id,
        "token_type": "Bearer",
    }
    return said | {name: value for name, value in known.items() if value is not None}


def _ends(key: KeyRow) -> int | None:
    """Return when the key, its secret or its sign-in ends, whichever is first, in seconds since 1970."""
    ends = SiteSettings.from_text(key.site).ends_ms(key.created_at, key.expires_at)
    known = [moment for moment in (ends, key.secret_ends_at, key.sign_in_ends_at) if moment is not None]
    return min(known) // 1000 if known else None


def _scope(policy: str) -> str | None:
    """Return the data access of a key as OAuth has rights."""
    rights = RIGHTS[Policy.from_text(policy).data.level]
    return " ".join(access for access in Access if access in rights) or None


def _fault(status: int, error: str, reason: str, detail: str, extra: Headers = ()) -> Answer:
    """Return a fault as RFC 6749, section 5.2, words it."""
    body = json.dumps({"error": error, "error_description": detail}).encode()
    return answer(status, "application/json", body, (("X-Auth-Reason", reason), *extra))


WRONG_CALLER = _fault(
    401, "invalid_client", "service-token-needed",
    "Send this portal's service token, not an API key, as Bearer or as the password of HTTP Basic.",
    (("WWW-Authenticate", 'Bearer realm="service token"'), ("WWW-Authenticate", 'Basic realm="service token"')),
)  # fmt: skip
