"""What a protected API asks by `POST /api/v1/verify`, read strictly: what is not understood is never guessed at."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from portal.client_ip import canonical_address
from portal.policy.facts import TEXT_LIMIT, Access, Facts
from portal.policy.reasons import Reason
from portal.strict_json import NotUnderstood, only_known, read_object

BODY_LIMIT = 64 * 1024
FIELDS = ("key", "address", "origin", "referer", "resource", "access", "any_key")


class Question(NamedTuple):
    """May a request with these facts, that carries this text as its key, pass?"""

    carried: str | Reason
    facts: Facts

    def __repr__(self) -> str:
        return f"<Question {self.facts}>"  # never the key


def read_question(body: bytes) -> Question:
    """Return the question that `body` asks. An empty key is a request without one.

    Raises:
        NotUnderstood: `detail` is a sentence that names the field and never shows a value.

    """
    fields = read_object(body)
    only_known(fields, FIELDS)
    if "key" not in fields:
        raise NotUnderstood(422, "The field 'key' is needed: the API key, as the request carried it.")
    return Question(key_of_field(fields["key"]), facts_of_fields(fields))


def key_of_field(value: Any) -> str | Reason:
    """Return what the field says that the request carried; an empty text is nothing.

    Raises:
        NotUnderstood: as `read_question` does.

    """
    if not isinstance(value, str):
        raise NotUnderstood(422, "The field 'key' must be a text.")
    return _well_formed("key", value) or Reason.MISSING


def facts_of_fields(fields: Mapping[str, Any]) -> Facts:
    """Return what the fields tell of the request; one that is left out is not known.

    Raises:
        NotUnderstood: as `read_question` does.

    """
    return Facts(
        address=_address(fields),
        origin=_text(fields, "origin"),
        referer=_text(fields, "referer"),
        resource=_text(fields, "resource"),
        access=_access(fields),
        any_key=_yes_or_no(fields, "any_key"),
    )


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise NotUnderstood(422, f"The field '{name}' must be a text or null.")
    if len(value) > TEXT_LIMIT:
        raise NotUnderstood(422, f"The field '{name}' must have at most {TEXT_LIMIT} characters.")
    if any(ord(letter) < ord(" ") for letter in value):
        raise NotUnderstood(422, f"The field '{name}' must not hold control characters.")
    return _well_formed(name, value)


def _yes_or_no(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name)
    if not isinstance(value, bool | None):
        raise NotUnderstood(422, f"The field '{name}' must be true or false.")
    return bool(value)


def _well_formed(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotUnderstood(422, f"The field '{name}' holds half a character (a lone surrogate).") from None
    return value


def _address(fields: Mapping[str, Any]) -> str | None:
    text = _text(fields, "address")
    if text is None:
        return None
    address = canonical_address(text)
    if address is None:
        raise NotUnderstood(422, "The field 'address' must be an IPv4 or IPv6 address.")
    return address


def _access(fields: Mapping[str, Any]) -> Access | None:
    text = _text(fields, "access")
    if text is None:
        return None
    if text not in {"read", "write"}:
        raise NotUnderstood(422, "The field 'access' must be 'read' or 'write'.")
    return Access(text)
