"""What a client of LabKey asks for: a form, `query.queryName=tides`, or the same names in a JSON object."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import request

from examples.research_api.bodies import JSON
from examples.research_api.problems import refuse

_UNNAMED = "none"
_ALL = {"", "-1"}


class RowQuery(NamedTuple):
    """How many rows at most, None for all of them, and how many to leave out first."""

    most: int | None
    offset: int


def add_names(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Say which rows a request asks for, before the guard judges whether its key opens them.

    They are named in the body. A body that names none, or cannot be read, asks for what is not there.
    """
    if values is None or not request.path.endswith(("/query-getQuery.api", "/selectRows.api")):
        return
    asked = _fields()
    values["schema"] = _text(asked, "schemaName") or _UNNAMED
    values["query"] = _text(asked, "query.queryName") or _text(asked, "queryName") or _UNNAMED


def read_query() -> RowQuery:
    """Return which part of the rows is asked for.

    Raises:
        Problem: 400, this cannot be done here, and to leave it out would answer something else than was asked.

    """
    asked = _fields()
    if any("~" in name or name in {"query.sort", "query.viewName"} for name in asked):
        refuse(400, "not-here", "Not here", "This sample neither filters nor sorts: ask for all rows.")
    most, offset = (_text(asked, f"query.{name}") or _text(asked, name) for name in ("maxRows", "offset"))
    return RowQuery(None if most in _ALL else _number(most), _number(offset or "0"))


def _fields() -> Mapping[str, Any]:
    if request.mimetype != JSON:
        return request.form
    try:
        sent = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return {}
    return sent if isinstance(sent, dict) else {}


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return str(value) if isinstance(value, str | int) else ""


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004
        refuse(400, "wrong-number", "Wrong number", "maxRows and offset are whole numbers.")
    return int(text)
