"""The body of a request, whole and within the limit."""

import json
import math
from typing import Any

from flask import current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from examples.research_api.problems import refuse

JSON, TEXT = "application/json", "text/plain"


def body_limit() -> int:
    """Return the most bytes that a body may have."""
    return int(current_app.config["MAX_CONTENT_LENGTH"]) - 1


def read_body() -> bytes:
    """Return the body of the request.

    Raises:
        Problem: 413, it is too long.

    """
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        too_large()
    return body if len(body) <= body_limit() else too_large()


def too_large() -> bytes:
    """Refuse the body for its length.

    Raises:
        Problem: 413.

    """
    refuse(413, "too-large", "Too large", f"Send at most {body_limit()} bytes.")


def read_input() -> Any:
    """Return what the request sends to an algorithm or a query: a JSON value, or a text.

    Raises:
        Problem: 400, 413 or 415, it cannot be read.

    """
    body = read_body()
    if request.mimetype not in {JSON, TEXT}:
        refuse(415, "unknown-content-type", "Unknown content type", f"Send {JSON} or {TEXT}, and say which it is.")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        refuse(400, "not-utf-8", "Not UTF-8", "The body is not text in UTF-8.")
    return text if request.mimetype == TEXT else _json(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        refuse(400, "not-json", "Not JSON", f"The body is not JSON; it cannot be read from {where} on.")
    except (ValueError, RecursionError):
        refuse(400, "not-json", "Not JSON", "The body holds a number that is none, or is nested too deeply.")


def _no_number(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)
