"""What the portal answered: whom the request is let in for, or the refusal that it gets."""

import json
import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

from portal_client.refusal import UNAVAILABLE, Answer, Headers, refusal

log = logging.getLogger("portal_client")

_PASSED_ON = ("RateLimit-Policy", "RateLimit", "Retry-After")
_REMEDIES = {401: " Is the service token right?", 404: " Is this the address of a portal?"}


class CallerKey(NamedTuple):
    """The key that the request was let in with: its public id, name and kind, and the e-mail of its owner.

    `user_id` names the account for good; an e-mail may be another account's one day.
    """

    id: str
    name: str
    kind: str
    user: str
    user_id: int


class Passed(NamedTuple):
    """The request may pass; `headers` tell its caller what is left of the key's limits."""

    key: CallerKey
    headers: Headers


def verdict_of(reply: httpx.Response, environ: Mapping[str, Any]) -> Passed | Answer:
    """Return what the portal's reply says of the request; a reply that is no clear yes lets nobody in."""
    if reply.status_code != httpx.codes.OK:
        log.error("The portal answered with %s.%s", reply.status_code, _REMEDIES.get(reply.status_code, ""))
        return UNAVAILABLE
    try:
        return _read(json.loads(reply.content), _limits(reply.headers), environ)
    except (KeyError, TypeError, ValueError, RecursionError):
        log.error("The portal's answer was not understood.")  # noqa: TRY400  # a traceback could quote it
        return UNAVAILABLE


def _read(said: Any, limits: Headers, environ: Mapping[str, Any]) -> Passed | Answer:
    if said["allowed"] is True:
        key = said["key"]
        return Passed(
            CallerKey(
                _text(key["id"]), _text(key["name"]), _text(key["kind"]), _text(said["user"]), int(said["user_id"])
            ),
            limits,
        )
    if said["allowed"] is not False:
        raise ValueError
    return refusal(_text(said["reason"]), environ, limits, status=said["status"], right=said.get("missing_right"))


def _limits(headers: Mapping[str, str]) -> Headers:
    return tuple((name, headers[name]) for name in _PASSED_ON if name in headers)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
