"""What a request to the management API says: its JSON body, its dates, its rules."""

import hashlib
import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from flask import abort, request

from portal.api.problem import Problem, field_problem, not_understood
from portal.policy.invalid import InvalidRule
from portal.policy.policy import Policy
from portal.site.settings import end_of_day
from portal.strict_json import NotUnderstood, only_known, read_object
from portal.web.sentences import explain_rule

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_RULE_OF = {
    "resource": "resources", "resources-too-many": "resources", "host": "origin",
    "host-too-wide": "origin", "host-deviating": "origin",
    "hosts-too-many": "origin", "origin-none": "origin", "network": "networks", "networks-too-many": "networks",
    "data-access": "data",
}  # fmt: skip
IDEMPOTENCY_KEY_LIMIT = 64
_IDEMPOTENCY_KEY = re.compile(rf"[!-~]{{1,{IDEMPOTENCY_KEY_LIMIT}}}")


def read_body(known: Collection[str], *, may_be_empty: bool = False) -> dict[str, Any]:
    """Return the fields of the request's JSON object, none but `known`, each once."""
    body = request.get_data()
    if may_be_empty and not body:
        return {}
    if request.mimetype != "application/json":
        abort(415)
    try:
        fields = read_object(body)
        only_known(fields, known)
    except NotUnderstood as error:
        raise not_understood(error) from None
    return fields


def read_text(fields: dict[str, Any], name: str) -> str:
    """Return a field that must be a text."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise field_problem(name, f"The field '{name}' must be a text.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise field_problem(name, f"The field '{name}' holds half a character (a lone surrogate).") from None
    return value


def read_rules(plain: Any, start: dict[str, Any] | None = None) -> Policy:
    """Return the policy of the field `rules`; what it does not name is as in `start`, or else the tightest."""
    if not isinstance(plain, dict):
        raise field_problem("rules", "The field 'rules' must be an object.")
    try:
        only_known(plain, Policy().plain())
        return Policy.read((start or {}) | plain)
    except NotUnderstood as error:
        raise field_problem(f"rules.{error.field}" if error.field else "rules", error.detail) from None
    except InvalidRule as error:
        raise field_problem(f"rules.{_RULE_OF.get(error.reason, error.reason)}", explain_rule(error)) from None
    except UnicodeEncodeError:
        raise field_problem("rules", "The field 'rules' holds half a character (a lone surrogate).") from None


def read_moment(fields: dict[str, Any], name: str) -> datetime | None:
    """Return a date or time in ISO 8601, or None for null. A mere day: its beginning, or for `expires` its end."""
    text = fields.get(name)
    if text is None:
        return None
    try:
        return _moment(text, is_end=name == "expires")
    except (ValueError, TypeError, OverflowError):
        detail = f"The field '{name}' must be a day as 2030-12-31, a time as 2030-12-31T08:00:00Z, or null."
        raise field_problem(name, detail) from None


def _moment(text: str, *, is_end: bool) -> datetime:
    moment = datetime.fromisoformat(text)
    if _DAY.fullmatch(text):
        day = moment.replace(tzinfo=UTC)
        return end_of_day(day) if is_end else day
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def idempotency_key() -> str | None:
    """Return the digest of the header `Idempotency-Key`, which makes a request that is sent twice act once."""
    text = request.headers.get("Idempotency-Key")
    if text is not None and not _IDEMPOTENCY_KEY.fullmatch(text):
        detail = f"Idempotency-Key has 1 to {IDEMPOTENCY_KEY_LIMIT} printable ASCII characters and no blank."
        raise Problem("invalid-field", detail, [("Idempotency-Key", detail)])
    return text and hashlib.sha256(text.encode()).hexdigest()  # it is kept, and somebody will send a token in it
