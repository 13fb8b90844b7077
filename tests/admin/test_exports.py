"""Lists as files: safe in a spreadsheet, read in short pages, sent while they are read."""

import csv
import io
import json

import pytest
from sqlalchemy import text

from portal.extensions import db
from portal.web import exports
from portal.web.unit_of_work import reading

COLUMNS = ("name", "calls")


@pytest.fixture
def in_request(app):
    with app.test_request_context():
        yield


def as_csv(*rows):
    return "".join(exports.csv_lines(COLUMNS, rows))


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_a_cell_that_would_be_a_formula_begins_with_an_apostrophe(first):
    _, (name, _) = csv.reader(io.StringIO(as_csv({"name": f"{first}1+1"}), newline=""))

    assert name == f"'{first}1+1"


def test_a_name_that_is_a_formula_is_told_as_it_is_to_a_program():
    assert json.loads("".join(exports.json_lines([{"name": "=1+1"}]))) == {"name": "=1+1"}


def test_numbers_and_nothing_stay_what_they_are():
    assert as_csv({"name": None, "calls": -3}) == "name,calls\r\n,-3\r\n"


def test_quotes_commas_and_line_ends_stay_in_their_cell():
    odd = 'a "quoted", name\nof two lines'

    assert list(csv.reader(io.StringIO(as_csv({"name": odd}), newline="")))[1][0] == odd


def test_what_no_spreadsheet_can_hold_is_shown_as_missing():
    assert "a\ufffdb" in as_csv({"name": "a\0b"})


def test_a_json_line_is_one_line_to_every_program():
    line = "".join(exports.json_lines([{"name": "a\u2028b\x85c\0\ud800"}]))

    assert len(line.splitlines()) == 1
    assert json.loads(line)["name"] == "a\u2028b\x85c\0\ud800"


def test_a_csv_says_that_it_is_utf_8_and_is_not_kept(in_request):
    answer = exports.stream_csv(COLUMNS, [{"name": "Zoë", "calls": 1}], name="keys")

    assert answer.get_data() == "\ufeffname,calls\r\nZoë,1\r\n".encode()
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=keys-20")
    assert answer.headers["Content-Disposition"].endswith(".csv")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content_type == "text/csv; charset=utf-8"


def test_json_lines_have_a_name_of_their_own(in_request):
    answer = exports.stream_json_lines([{"name": "ci"}], name="keys")

    assert answer.get_data() == b'{"name": "ci"}\n'
    assert answer.headers["Content-Disposition"].endswith(".jsonl")


def test_rows_are_read_page_by_page_and_no_connection_is_held_between(in_request):
    held = []

    def read(session, mark):
        number = mark or 0
        session.execute(text("SELECT 1"))
        return [{"name": f"{number}-{row}"} for row in range(500)], number + 1 if number < 2 else None

    reading().execute(text("SELECT 1"))  # as a view does before it answers
    answer = exports.stream_json_lines(exports.in_short_reads(read), name="keys")
    body = b""
    for part in answer.response:
        held.append(db.engine.pool.checkedout())
        body += part

    assert body.count(b"\n") == 1500
    assert set(held) == {0}


def test_nothing_is_read_before_it_is_sent(in_request):
    pages = []

    def read(session, mark):
        pages.append(mark)
        return [{"name": "x"}] * 1000, (mark or 0) + 1

    answer = exports.stream_json_lines(exports.in_short_reads(read), name="keys")
    next(iter(answer.response))

    assert len(pages) == 1
    answer.response.close()


def test_a_reader_that_goes_away_leaves_nothing_open(in_request):
    def read(session, mark):
        session.execute(text("SELECT 1"))
        return [{"name": "x"}] * 1000, 1

    answer = exports.stream_json_lines(exports.in_short_reads(read), name="keys")
    next(iter(answer.response))
    answer.close()

    assert db.engine.pool.checkedout() == 0
