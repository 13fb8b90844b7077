"""What the management API answers when it does not do what it was asked: problem+json, RFC 9457."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Response

from portal.errors import Refused
from portal.strict_json import NotUnderstood
from portal.web.sentences import explain


class Kind(NamedTuple):
    """The HTTP status of a problem, its title, and the field that it is about where it is always the same."""

    status: int
    title: str
    field: str | None = None
    challenge: str = 'Bearer realm="API key", error="invalid_token"'


KINDS = {
    "code-invalid": Kind(400, "The code opens nothing"),
    "not-json": Kind(400, "The body cannot be read"),
    "app-unknown": Kind(401, "No connected app", challenge='Basic realm="connected app"'),
    "caller-stopped": Kind(401, "Your key has stopped"),
    "management-key-needed": Kind(403, "Management key needed"),
    "stronger-than-caller": Kind(403, "Stronger than your key"),
    "new-keys-off": Kind(403, "No new keys"),
    "form-taken": Kind(409, "Made already by somebody else"),
    "session-key": Kind(409, "A session key cannot be changed"),
    "already-issued": Kind(409, "Made already"),
    "already-rotated": Kind(409, "Rotated already"),
    "revoked": Kind(409, "The key was revoked"),
    "expired": Kind(409, "The key has expired"),
    "no-secret": Kind(409, "The key has no secret yet"),
    "name-taken": Kind(409, "Another key has this name", "name"),
    "changed": Kind(412, "The key was changed meanwhile"),
    "invalid-field": Kind(422, "A field cannot be taken"),
    "name-empty": Kind(422, "No name", "name"),
    "name-too-long": Kind(422, "Name too long", "name"),
    "name-unprintable": Kind(422, "Name with an invisible character", "name"),
    "name-secret": Kind(422, "A key is no name", "name"),
    "expiry-needed": Kind(422, "The key needs an end", "expires"),
    "expiry-too-late": Kind(422, "The end is too late", "expires"),
    "expiry-past": Kind(422, "The end is over", "expires"),
    "never-valid": Kind(422, "It would end before it begins", "not_before"),
    "rate-too-high": Kind(422, "Rate too high", "rules.rate"),
    "quota-too-high": Kind(422, "Quota too high", "rules.quota"),
    "overlap-past": Kind(422, "The overlap is over", "overlap"),
}


class Problem(Exception):
    """Ends a request, and its transaction, with a problem; `errors` are pairs of a field and a sentence."""

    def __init__(self, slug: str, detail: str, errors: Iterable[tuple[str, str]] = (), **more: Any) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.errors = [{"field": field, "detail": sentence} for field, sentence in errors]
        self.status = KINDS[slug].status
        self.more = more


def field_problem(field: str, detail: str) -> Problem:
    """Return the problem of one field that cannot be taken."""
    return Problem("invalid-field", detail, [(field, detail)])


def not_understood(error: NotUnderstood) -> Problem:
    """Return the problem of a body that cannot be read; a name that stands twice is a wrong field."""
    if error.field is None and error.status == KINDS["not-json"].status:
        return Problem("not-json", error.detail)
    detail = error.detail if error.status != KINDS["not-json"].status else f"The field '{error.field}' stands twice."
    return Problem("invalid-field", detail, [(error.field, detail)] if error.field else ())


def refused(refusal: Refused) -> Problem:
    """Return the problem of what a job refused."""
    detail, field = explain(refusal), KINDS[refusal.reason].field
    return Problem(refusal.reason, detail, [(field, detail)] if field else ())


def as_answer(problem: Problem) -> Response:
    """Return the problem as HTTP has it."""
    body = {
        "type": f"urn:problem-type:{problem.slug}", "title": KINDS[problem.slug].title, "status": problem.status,
        "detail": problem.detail, "reason": problem.slug, **problem.more,
    }  # fmt: skip
    if problem.errors:
        body["errors"] = problem.errors
    answer = Response(json.dumps(body), problem.status, mimetype="application/problem+json")
    if problem.status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = KINDS[problem.slug].challenge
    return answer
