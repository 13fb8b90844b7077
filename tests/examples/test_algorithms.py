"""Algorithms, called over HTTP with keys that may and may not."""

import json

import pytest

from examples.research_api.algorithms import ALGORITHMS
from examples.research_api.app import BODY_LIMIT
from examples.research_api.snippets import example_input
from portal.gateway.guard import NEEDS
from portal.policy.facts import Access
from portal.policy.reasons import Reason

TEXT = {"Content-Type": "text/plain; charset=utf-8"}
HELLO = "/v1/algo/demo/Hello"
EACH = pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda one: one.name)


def path_of(algorithm):
    return f"/v1/algo/{algorithm.owner}/{algorithm.name}"


def send_example(call, algorithm, token):
    body, content_type = example_input(algorithm)
    return call("POST", path_of(algorithm), token, data=body.encode(), headers={"Content-Type": content_type})


@EACH
def test_each_answers_its_example_to_a_key_that_names_it(call, key, algorithm):
    reply = send_example(call, algorithm, key(resources=[algorithm.resource]))
    assert reply.status_code == 200
    assert reply.json()["metadata"]["content_type"] in {"text", "json"}
    assert reply.json()["metadata"]["duration"] >= 0


@EACH
def test_each_is_closed_to_a_key_that_names_others(call, key, algorithm):
    others = [one.resource for one in ALGORITHMS if one != algorithm]
    reply = send_example(call, algorithm, key(resources=others))
    assert (reply.status_code, reply.json()["reason"]) == (403, Reason.RESOURCE_NOT_ALLOWED)


@EACH
def test_a_key_for_one_owner_opens_that_owners_algorithms_only(call, key, algorithm):
    status = send_example(call, algorithm, key(resources=["algo://demo/*"])).status_code
    assert status == (200 if algorithm.owner == "demo" else 403)


@EACH
def test_what_saves_needs_the_right_to_write_and_nothing_else_does(call, key, algorithm):
    reply = send_example(call, algorithm, key(data="read"))
    assert reply.status_code == (403 if algorithm.saves else 200)
    if algorithm.saves:
        assert (reply.json()["reason"], reply.json()["missing_right"]) == (Reason.DATA_ACCESS_DENIED, "write")


@EACH
def test_the_route_of_each_says_what_it_needs(api, algorithm):
    endpoint, arguments = api.url_map.bind("").match(path_of(algorithm), "POST")
    needs = getattr(api.view_functions[endpoint], NEEDS)
    assert needs.resource.format_map(arguments) == algorithm.resource
    assert needs.access == (Access.WRITE if algorithm.saves else None)


def test_hello_greets(call, key):
    assert call("POST", HELLO, key(), json="portal").json()["result"] == "Hello portal"
    assert call("POST", HELLO, key(), data="Zoë".encode(), headers=TEXT).json()["result"] == "Hello Zoë"


def test_text_statistics_count(call, key):
    reply = call("POST", "/v1/algo/nlp/TextStatistics", key(), json="The cat sat. The dog ran!")
    assert reply.json()["result"] == {
        "characters": 25, "words": 6, "different_words": 5, "sentences": 2, "words_per_sentence": 3.0,
        "reading_ease": 119.2, "reading_seconds": 2,
    }  # fmt: skip


def test_text_statistics_of_nothing_are_nothing(call, key):
    result = call("POST", "/v1/algo/nlp/TextStatistics", key(), json={"text": ""}).json()["result"]
    assert (result["words"], result["sentences"], result["reading_ease"]) == (0, 0, None)


def test_keywords_are_the_words_used_most(call, key):
    asked = {"text": "The sea, the sea! Salt and sea and salt, and sand.", "most": 2}
    reply = call("POST", "/v1/algo/nlp/Keywords", key(), json=asked)
    assert reply.json()["result"] == [{"word": "sea", "count": 3}, {"word": "salt", "count": 2}]


def test_archive_saves_its_result_where_it_is_told(call, key):
    token = key()
    asked = {"text": "One two. Three.", "file": "results/one.json"}
    result = call("POST", "/v1/algo/demo/Archive", token, json=asked).json()["result"]
    saved = call("GET", "/v1/data/results/one.json", token)
    assert (result["saved"], result["size"]) == ("results/one.json", len(saved.content))
    assert (saved.json()["words"], saved.headers["Content-Type"]) == (3, "application/json")


@pytest.mark.parametrize(("file", "status"), [("sample/x.json", 403), ("../x.json", 400), ("", 400), (7, 422)])
def test_archive_saves_nowhere_else(call, key, file, status):
    reply = call("POST", "/v1/algo/demo/Archive", key(), json={"text": "One.", "file": file})
    assert (reply.status_code, reply.headers["Content-Type"]) == (status, "application/problem+json")


def test_an_unknown_algorithm_is_not_there_for_those_who_may_ask(call, key):
    assert call("POST", "/v1/algo/demo/Nothing", key(), json="x").json()["reason"] == "no-such-algorithm"
    assert call("POST", "/v1/algo/demo/Nothing", key(resources=["algo://nlp/*"]), json="x").status_code == 403


@pytest.mark.parametrize(
    ("body", "content_type", "status", "reason"),
    [
        (b"{", "application/json", 400, "not-json"),
        (b"", "application/json", 400, "not-json"),
        (b"NaN", "application/json", 400, "not-json"),
        (b"1e999", "application/json", 400, "not-json"),
        (b"9" * 5000, "application/json", 400, "not-json"),
        (b"[" * 30000, "application/json", 400, "not-json"),
        (b'"\xff"', "application/json", 400, "not-utf-8"),
        (b"\xff", "text/plain", 400, "not-utf-8"),
        (b"name=x", "application/x-www-form-urlencoded", 415, "unknown-content-type"),
        (b"x", "application/octet-stream", 415, "unknown-content-type"),
        (b"x", "", 415, "unknown-content-type"),
        (b"7", "application/json", 422, "wrong-input"),
        (b'"  "', "application/json", 422, "wrong-input"),
        (b"", "text/plain", 422, "wrong-input"),
    ],
)
def test_bad_input_is_a_problem_with_a_sentence(call, key, body, content_type, status, reason):
    reply = call("POST", HELLO, key(), data=body, headers={"Content-Type": content_type})
    assert (reply.status_code, reply.json()["reason"]) == (status, reason)
    assert reply.json()["detail"].endswith(".")
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_a_problem_does_not_repeat_what_was_sent(call, key):
    sent = "<script>alert(1)</script>"
    for path in (HELLO, "/v1/algo/nlp/Keywords", "/v1/algo/demo/Archive", f"/v1/algo/demo/{sent}"):
        assert sent not in call("POST", path, key(), json={"most": sent, "file": sent}).text


@pytest.mark.parametrize(("name", "status"), [("x" * 100, 200), ("x" * 101, 422)])
def test_a_name_to_greet_has_at_most_100_characters(call, key, name, status):
    assert call("POST", HELLO, key(), json=name).status_code == status


@pytest.mark.parametrize(("most", "status"), [(1, 200), (100, 200), (0, 422), (101, 422), (True, 422), (1.0, 422)])
def test_keywords_are_1_to_100(call, key, most, status):
    asked = {"text": "sea", "most": most}
    assert call("POST", "/v1/algo/nlp/Keywords", key(), json=asked).status_code == status


@pytest.mark.parametrize(("size", "status"), [(BODY_LIMIT, 200), (BODY_LIMIT + 1, 413), (BODY_LIMIT * 2, 413)])
def test_the_longest_input_is_taken_and_one_byte_more_is_not(call, key, size, status):
    reply = call("POST", "/v1/algo/nlp/TextStatistics", key(), data=b"a" * size, headers=TEXT)
    assert reply.status_code == status
    if status == 413:
        assert reply.json()["detail"] == f"Send at most {BODY_LIMIT} bytes."


@pytest.mark.parametrize(("size", "status"), [(BODY_LIMIT, 200), (BODY_LIMIT + 1, 413), (BODY_LIMIT * 2, 413)])
def test_the_limit_holds_for_an_input_that_comes_in_chunks_too(raw, key, size, status):
    body = iter([b"a" * 1000, b"a" * (size - 1000)])
    got, answer, _ = raw("POST", "/v1/algo/nlp/TextStatistics", key(), body, **TEXT)
    assert got == status
    if status == 200:
        assert json.loads(answer)["result"]["characters"] == size
