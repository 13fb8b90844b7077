"""How the API says no to clients of another system: in the shape that its programs read, under the same status.

The guard and the views refuse with a problem, `application/problem+json`. Where an address belongs to a family of
clients, the last step of the request turns that problem into the family's own error. Its status, its `X-Auth-Reason`
and its other headers stay as they are, and what is no family's stays a problem.
"""

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Response, request

from portal.gateway.wire import REALM, header_text

PROBLEM, JSON = "application/problem+json", "application/json"
BASIC = f'Basic realm="{REALM}", charset="UTF-8"'

Said = Mapping[str, Any]


class Family(NamedTuple):
    """The addresses of one system, and how its error is written: its JSON, its media type, headers that it needs."""

    addresses: re.Pattern[str]
    error: Callable[[Said], Said]
    content_type: str = JSON
    dress: Callable[[Response, Said], None] = lambda _response, _said: None
    has_empty_parts: bool = False


def _tell_in_a_header(response: Response, said: Said) -> None:
    """Say it without a body too: the answer to `HEAD` has none, and clients read this header then."""
    response.headers["X-Error-Message"] = header_text(said["detail"])


def _challenge(response: Response, _said: Said) -> None:
    """Ask for Basic even a browser: some clients send what stands in `.netrc` only when they are asked for it."""
    if response.status_code == HTTPStatus.UNAUTHORIZED and BASIC not in response.headers.getlist("WWW-Authenticate"):
        response.headers.add("WWW-Authenticate", BASIC)


def _cloudmc_error(said: Said) -> Said:
    code = said["reason"].upper().replace("-", "_")
    return {"errors": [{"errorCode": code, "message": said["detail"], "context": {}}]}


ALVEO = Family(
    re.compile(r"/(?:version|item_lists|catalog)(?:\.json)?(?:/.*)?"), lambda said: {"error": said["detail"]}
)
ALGORITHMIA = Family(
    re.compile(r"/v1/(?:algo|data)(?:/.*)?"),
    lambda said: {**said, "error": {"message": said["detail"]}},  # a problem with one member more
    PROBLEM,
    _tell_in_a_header,
    has_empty_parts=True,  # a file's name must have none, and a program is told so
)
CLOUDMC = Family(
    re.compile(r"/(?:v1/(?:environments|services|organizations|users)|api/v2/environments)(?:/.*)?"), _cloudmc_error
)
LABKEY = Family(
    re.compile(r"/(?:.*/)?[a-z]+-\w+\.(?:api|view)|/(?:login|query|security)/(?:.*/)?\w+\.(?:api|view)"),
    lambda said: {"exception": said["detail"], "success": False},  # never a "status": one of the clients believes it
    dress=_challenge,
)
FAMILIES = (ALGORITHMIA, ALVEO, CLOUDMC, LABKEY)


def family_of(path: str) -> Family | None:
    """Return whose address this is."""
    return next((family for family in FAMILIES if family.addresses.fullmatch(path)), None)


def in_its_own_shape(response: Response) -> Response:
    """Return a problem as the family of the request's address writes its errors; leave all else alone."""
    family = family_of(request.path) if response.mimetype == PROBLEM else None
    if family is not None:
        said = json.loads(response.get_data())
        response.set_data(json.dumps(family.error(said)))
        response.content_type = family.content_type
        family.dress(response, said)
    return response
