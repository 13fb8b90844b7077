"""A request of RSGI becomes the environ that WSGI would have."""

import re

from portal.config import ROOT
from portal.gateway.rsgi import HEADERS, environ_of
from tests.support.rsgi import SentHeaders

READERS = ("gateway/lane", "gateway/watch", "gateway/wire", "request_id", "verification/carriers")


class Scope:
    method, path, query_string, client = "GET", "/auth", "", "192.0.2.7:4711"

    def __init__(self, *sent, **others):
        self.headers = SentHeaders(list(sent))
        self.__dict__.update(others)


def test_every_header_that_anybody_reads_is_taken_over_and_no_other():
    texts = [(ROOT / "portal" / f"{name}.py").read_text() for name in READERS]
    read = {name for text in texts for name in re.findall(r'"HTTP_(\w+)"', text)}

    assert {name.lower().replace("_", "-") for name in read} == set(HEADERS)


def test_values_that_came_apart_are_joined_by_commas():
    environ = environ_of(Scope(("x-api-key", "a"), ("accept", "*/*"), ("x-api-key", "b")))

    assert (environ["HTTP_X_API_KEY"], environ["HTTP_ACCEPT"]) == ("a,b", "*/*")


def test_a_length_that_came_twice_is_one():
    assert environ_of(Scope(("content-length", "3"), ("content-length", "3")))["CONTENT_LENGTH"] == "3"


def test_a_name_with_an_underscore_is_not_the_one_with_a_hyphen():
    environ = environ_of(Scope(("x_forwarded_for", "198.51.100.9"), ("x-forwarded-for", "203.0.113.1")))

    assert environ["HTTP_X_FORWARDED_FOR"] == "203.0.113.1"
    assert not any("198.51.100.9" in str(value) for value in environ.values())


def test_a_value_beyond_ascii_is_empty_and_not_missing_also_beside_others_that_came_twice():
    headers = SentHeaders([("accept", "a"), ("accept", "b"), ("x-forwarded-for", "\xe9")])

    assert environ_of(Scope(headers=headers))["HTTP_X_FORWARDED_FOR"] == ""


def test_path_and_query_are_the_bytes_one_by_one():
    environ = environ_of(Scope(path="/auth/caf\u00e9", query_string="x=\u00e9"))

    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == ("/auth/caf\xc3\xa9", "x=\xc3\xa9")


def test_the_address_of_the_other_end_has_no_port_and_no_brackets():
    assert environ_of(Scope(client="[2001:db8::1]:4711"))["REMOTE_ADDR"] == "2001:db8::1"
    assert environ_of(Scope())["REMOTE_ADDR"] == "192.0.2.7"
