"""What nginx is told at `/auth`, so that its client gets the portal's own answer.

nginx passes on nothing but 2xx, 401 and 403: of any other answer it makes a 500, and of these it keeps neither the body
nor most headers. So the true status goes in `X-Error-Status` and the body in `X-Error-Body`, and its configuration,
`deploy/nginx`, puts the answer together again.
"""

from functools import lru_cache
from http import HTTPStatus

from portal.gateway.problem import Answer, Headers

PASSES = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
REBUILDS = {*PASSES, HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}

_CHALLENGE = "WWW-Authenticate"


def as_nginx_passes_it(said: Answer) -> Answer:
    """Return `said` in a form that nginx can pass on. A 200 is one, and a fault of configuration stays what it is."""
    return said if said.status == "200 OK" else _put_apart(said)


@lru_cache(maxsize=256)
def _put_apart(said: Answer) -> Answer:
    if said.code not in REBUILDS:
        return said
    status = said.status if said.code in PASSES else "403 Forbidden"
    told = (("X-Error-Status", str(said.code)), ("X-Error-Body", _on_one_line(said.body)))
    return said._replace(status=status, headers=(*_with_one_challenge(said.headers), *told))


def _on_one_line(body: bytes) -> str:
    """Return a body as a header can carry it: printable ASCII, which all that `problem` writes is already."""
    return "".join([character for character in body.decode("ascii", "ignore") if character.isprintable()])


def _with_one_challenge(headers: Headers) -> Headers:
    """Return `headers` with all challenges in one line (RFC 9110, 11.6.1): nginx before 1.23 drops all but one."""
    challenges = ", ".join([value for name, value in headers if name == _CHALLENGE])
    others = tuple([(name, value) for name, value in headers if name != _CHALLENGE])
    return (*others, (_CHALLENGE, challenges)) if challenges else headers
