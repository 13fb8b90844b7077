"""Lists as files, however long: CSV for spreadsheets, JSON lines for programs, sent while they are read.

Rows come from `in_short_reads`, which reads a page at a time and ends its transaction after each: neither memory nor a
read transaction grows with the list, and no connection is held while a slow client takes its time.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar

from flask import Response, abort, stream_with_context
from sqlalchemy.orm import Session

from portal import clock
from portal.web.unit_of_work import reading, stop_reading

Row = Mapping[str, Any]
Item = TypeVar("Item")
Mark = TypeVar("Mark")

_ROWS_IN_A_CHUNK = 200
_BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet takes for the beginning of a formula; East Asian ones read the last four as the first.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


class Form(StrEnum):
    """The forms of an export, as addresses and options name them."""

    CSV = "csv"
    JSON_LINES = "json-lines"


_ENDINGS = {Form.CSV: "csv", Form.JSON_LINES: "jsonl"}
_TYPES = {Form.CSV: "text/csv", Form.JSON_LINES: "application/jsonl"}


def form_or_404(slug: str) -> Form:
    """Return the form that an address names; any other is not found."""
    return Form(slug) if slug in set(Form) else abort(404)


def stream_csv(columns: Sequence[str], rows: Iterable[Row], *, name: str) -> Response:
    """Answer with a CSV file `name-<day>.csv` of `rows`, under the names of their `columns`.

    It begins with a byte order mark: without one Excel takes UTF-8 for something else.
    """
    return _stream(Form.CSV, _prepended(_BYTE_ORDER_MARK, csv_lines(columns, rows)), name)


def stream_json_lines(rows: Iterable[Row], *, name: str) -> Response:
    """Answer with a file `name-<day>.jsonl` that holds an object a line."""
    return _stream(Form.JSON_LINES, json_lines(rows), name)


def stream(form: Form, columns: Sequence[str], rows: Iterable[Row], *, name: str) -> Response:
    """Answer with the file of that form."""
    return stream_csv(columns, rows, name=name) if form is Form.CSV else stream_json_lines(rows, name=name)


def lines(form: Form, columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Give the text of an export piece by piece, for wherever it goes."""
    return csv_lines(columns, rows) if form is Form.CSV else json_lines(rows)


def csv_lines(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Give CSV (RFC 4180) piece by piece; no cell of it is a formula to a spreadsheet."""
    yield _as_csv([columns])
    for some in _batches(rows):
        yield _as_csv([_cell(row.get(column)) for column in columns] for row in some)


def json_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Give a JSON object a line, in ASCII: programs differ in which other characters end a line."""
    for some in _batches(rows):
        yield "".join(json.dumps(dict(row)) + "\n" for row in some)


def in_short_reads(read: Callable[[Session, Mark | None], tuple[Iterable[Item], Mark | None]]) -> Iterator[Item]:
    """Give what `read(session, mark)` finds, page after page, each in a transaction of its own.

    `read` returns a page, and the mark from which the next goes on: None after the last. The first mark is None.
    Needs an app context; ends a transaction that the request has begun.
    """
    mark: Mark | None = None
    while True:
        stop_reading()
        try:
            page, mark = read(reading(), mark)
        finally:
            stop_reading()
        yield from page
        if mark is None:
            return


def _stream(form: Form, text: Iterator[str], name: str) -> Response:
    stop_reading()  # what the view has read is old by the time that the last row goes out
    body = stream_with_context(part.encode("utf-8", "replace") for part in text)
    answer = Response(body, mimetype=_TYPES[form])
    file_name = f"{name}-{clock.now():%Y-%m-%d}.{_ENDINGS[form]}"
    answer.headers.set("Content-Disposition", "attachment", filename=file_name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _prepended(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while some := list(islice(left, _ROWS_IN_A_CHUNK)):
        yield some


def _as_csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Return what stands in a cell: a text that a spreadsheet would compute gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    shown = value.replace("\0", "\ufffd")
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
