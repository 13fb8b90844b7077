"""A refusal or a fault as a program reads it: `application/problem+json`, RFC 9457; and the fixed answers."""

import json
from http import HTTPStatus
from typing import NamedTuple

RETRY_SECONDS = "1"

Headers = tuple[tuple[str, str], ...]


class Answer(NamedTuple):
    """An HTTP answer: the status line without its version, the headers, the body."""

    status: str
    headers: Headers
    body: bytes

    @property
    def code(self) -> int:
        """The status as a number."""
        return int(self.status[:3])


def answer(status: int, content_type: str, body: bytes, extra: Headers = ()) -> Answer:
    """Return an answer that no cache keeps."""
    headers = (
        ("Content-Type", content_type), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"), *extra
    )  # fmt: skip
    return Answer(f"{status} {HTTPStatus(status).phrase}", headers, body)


def problem(status: int, reason: str, title: str, detail: str, extra: Headers = (), **members: str) -> Answer:
    """Return a problem: `reason` is its slug, `title` the same for every such problem, `detail` says what to do."""
    told = {
        "type": f"urn:problem-type:{reason}",
        "title": title,
        "status": status,
        "detail": detail,
        "reason": reason,
        **members,
    }
    body = json.dumps(told).encode()
    return answer(status, "application/problem+json", body, (("X-Auth-Reason", reason), *extra))


UNAVAILABLE = problem(
    503, "unavailable", "Try again", "Whether this key is good cannot be known just now. Try again in a moment.",
    (("Retry-After", RETRY_SECONDS),),
)  # fmt: skip
NOT_FOUND = problem(404, "not-found", "Not found", "There is nothing at this address.")
HEALTHY = answer(200, "text/plain; charset=utf-8", b"ok")
WRONG_CALLER = problem(
    401, "service-token-needed", "Service token needed",
    "Send this portal's service token, not an API key, as Authorization: Bearer.",
    (("WWW-Authenticate", 'Bearer realm="service token"'),),
)  # fmt: skip


def wrong_method(allowed: str) -> Answer:
    """Return the 405 of an address where only the methods in `allowed`, separated by commas, work."""
    return problem(405, "wrong-method", "Wrong method", f"This address answers {allowed} only.", (("Allow", allowed),))
