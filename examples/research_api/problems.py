"""How the API says no: `application/problem+json` with a sentence, as the portal's guard does."""

from typing import NoReturn

from flask import Response, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from portal.gateway.guard import as_response
from portal.gateway.problem import Headers, problem


class Problem(HTTPException):
    """A refusal: its HTTP status, its slug, its title, a sentence on what to do. None of them repeats what was sent."""

    def __init__(self, status: int, reason: str, title: str, detail: str, headers: Headers = ()) -> None:
        super().__init__(detail)
        self.code = status
        self.answer = problem(status, reason, title, detail, headers)


def refuse(status: int, reason: str, title: str, detail: str, headers: Headers = ()) -> NoReturn:
    """Answer the request with this problem.

    Raises:
        Problem: always.

    """
    raise Problem(status, reason, title, detail, headers)


def as_problem(error: HTTPException) -> Response:
    """Return any HTTP error as a problem."""
    if isinstance(error, Problem):
        return as_response(error.answer)
    status, title = error.code or 500, error.name or "Error"
    detail = error.description or title
    if status == 404:  # noqa: PLR2004
        detail = f"There is nothing at this address. What there is stands in {url_for('docs.index')}."
    methods = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    allow = (("Allow", ", ".join(sorted(methods))),) if methods else ()
    return as_response(problem(status, title.lower().replace(" ", "-"), title, detail, allow))
