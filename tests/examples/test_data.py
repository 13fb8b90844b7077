"""The data store, called over HTTP."""

import pytest

from examples.research_api import data_store
from examples.research_api.app import BODY_LIMIT
from portal.keys.delete_account import delete_account
from portal.policy.reasons import Reason

DATA = "/v1/data"


def put(call, token, path, body=b"x", content_type="text/plain", **headers):
    return call("PUT", f"{DATA}/{path}", token, data=body, headers={"Content-Type": content_type} | headers)


def test_a_file_is_stored_read_replaced_and_deleted(call, key):
    token = key()
    assert put(call, token, "notes/a.txt", b"one").status_code == 201
    assert call("GET", f"{DATA}/notes/a.txt", token).content == b"one"
    assert put(call, token, "notes/a.txt", b"two").status_code == 200
    assert call("GET", f"{DATA}/notes/a.txt", token).content == b"two"
    assert call("DELETE", f"{DATA}/notes/a.txt", token).json() == {"result": {"deleted": 1}}
    assert call("GET", f"{DATA}/notes/a.txt", token).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_needs_the_right_to_read(call, key, method):
    assert call(method, f"{DATA}/sample/hello.txt", key(data="read")).status_code == 200
    refused = call(method, f"{DATA}/sample/hello.txt", key(data="none"))
    assert (refused.status_code, refused.headers["X-Auth-Reason"]) == (403, Reason.DATA_ACCESS_DENIED)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_changing_needs_the_right_to_write_and_the_refusal_names_it(call, key, method):
    refused = call(method, f"{DATA}/a.txt", key(data="read"), data=b"x")
    assert (refused.status_code, refused.json()["reason"]) == (403, Reason.DATA_ACCESS_DENIED)
    assert refused.json()["missing_right"] == "write"
    assert call("GET", f"{DATA}/a.txt", key()).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_without_a_key_nothing_is_read_or_changed(call, method):
    assert call(method, f"{DATA}/sample/hello.txt").status_code == 401


def test_data_is_open_to_a_key_whose_list_of_resources_is_empty(call, key):
    assert call("GET", f"{DATA}/", key(resources=[])).status_code == 200


def test_head_tells_of_a_file_without_its_content(call, key):
    reply = call("HEAD", f"{DATA}/sample/hello.txt", key())
    assert (reply.headers["Content-Length"], reply.content) == ("30", b"")


def test_every_account_sees_the_sample_data_from_the_start(call, key, bob):
    for token in (key(), key(bob)):
        assert call("GET", f"{DATA}/sample/hello.txt", token).text == "Every account sees this file.\n"
        assert call("GET", f"{DATA}/sample/tides.csv", token).headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_nobody_changes_the_sample_data(call, key, method):
    for path in ("sample/hello.txt", "sample/new.txt", ".my/sample/hello.txt", "sample"):
        reply = call(method, f"{DATA}/{path}", key(), data=b"x")
        assert (reply.status_code, reply.json()["reason"]) == (403, "sample-data")


def test_what_one_person_stores_nobody_else_sees(call, key, bob):
    put(call, key(), "mine.txt", b"alice's")
    theirs = key(bob)
    assert call("GET", f"{DATA}/mine.txt", theirs).status_code == 404
    assert call("DELETE", f"{DATA}/mine.txt", theirs).status_code == 404
    put(call, theirs, "mine.txt", b"bob's")
    assert call("GET", f"{DATA}/mine.txt", key()).text == "alice's"


@pytest.mark.parametrize("path", ["", "/"])
def test_the_root_first_names_whose_data_it_lists(call, key, alice, path):
    assert call("GET", DATA + path, key()).json()["folders"] == [{"name": alice.email}, {"name": "sample"}]


@pytest.mark.parametrize("path", ["/.my", "/.my/", "/alice@example.org", "/alice@example.org/"])
def test_ones_own_folder_lists_folders_and_files(call, key, path):
    token = key()
    put(call, token, "a.txt", b"abc")
    put(call, token, "deep/er/b.txt")
    listing = call("GET", DATA + path, token).json()
    assert listing["folders"] == [{"name": "deep"}, {"name": "sample"}]
    assert [(file["filename"], file["size"]) for file in listing["files"]] == [("a.txt", 3)]
    assert listing["files"][0]["last_modified"].endswith("Z")


@pytest.mark.parametrize("path", ["sample", "sample/", ".my/sample", ".my/sample/"])
def test_a_folder_lists_its_own(call, key, path):
    listing = call("GET", f"{DATA}/{path}", key()).json()
    assert (listing["folders"], [file["filename"] for file in listing["files"]]) == ([], ["hello.txt", "tides.csv"])


def test_a_folder_is_no_beginning_of_a_name(call, key):
    token = key()
    put(call, token, "samples.txt")
    assert len(call("GET", f"{DATA}/sample/", token).json()["files"]) == 2


def test_a_folder_that_is_not_there_is_not_listed(call, key):
    assert call("GET", f"{DATA}/nothing/", key()).json()["reason"] == "no-such-file"


@pytest.mark.parametrize(
    "content_type", ["text/csv; charset=utf-8", "image/svg+xml", "application/x-research", 'text/plain; a="b c"']
)
def test_the_content_type_is_kept(call, key, content_type):
    token = key()
    put(call, token, "a", content_type=content_type)
    assert call("GET", f"{DATA}/a", token).headers["Content-Type"] == content_type


def test_a_file_without_a_content_type_is_bytes(call, key):
    token = key()
    call("PUT", f"{DATA}/a", token, data=b"\0\xff")
    reply = call("GET", f"{DATA}/a", token)
    assert (reply.content, reply.headers["Content-Type"]) == (b"\0\xff", "application/octet-stream")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("a/" + "b" * 126, 201), ("a/" + "b" * 127, 400), ("text", 400), ("text/html<b>", 400), ("text/h\u00e9", 400)],
)
def test_a_content_type_is_one_and_not_too_long(call, key, content_type, status):
    reply = put(call, key(), "a", content_type=content_type.encode("latin-1"))
    assert reply.status_code == status


def test_a_page_that_somebody_stored_runs_nothing_in_a_browser(call, key):
    token = key()
    put(call, token, "evil.html", b"<script>alert(1)</script>", "text/html")
    headers = call("GET", f"{DATA}/evil.html", token).headers
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["Content-Security-Policy"].endswith("; sandbox")
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["..", "a/../b", ".", "a//b", "a%00", "a%20b", "%C3%A9", "a%5Cb", "a*", "x" * 101, "a/" * 8 + "b"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_name_that_is_none_is_told_how_names_are(raw, key, method, path):
    status, body, _ = raw(method, f"{DATA}/{path}", key(), b"x")
    assert status == 400
    assert b"A name has at most 8 parts" in body


@pytest.mark.parametrize("path", ["x" * 100, "a/" * 7 + "b", "..a", ".hidden", "A-b_c.d"])
def test_a_name_may_go_to_its_limits(call, key, path):
    assert put(call, key(), path).status_code == 201


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_folder_is_no_file(call, key, method):
    assert call(method, f"{DATA}/folder/", key(), data=b"x").json()["reason"] == "wrong-name"
    assert call(method, f"{DATA}/.my/", key(), data=b"x").json()["reason"] == "wrong-name"


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a"), ("a", "a/b/c")])
def test_a_file_cannot_be_where_a_folder_is(call, key, first, second):
    token = key()
    put(call, token, first)
    reply = put(call, token, second)
    assert (reply.status_code, reply.json()["reason"]) == (409, "name-taken")


def test_names_that_only_look_like_patterns_do_not_get_in_the_way(call, key):
    token = key()
    for path in ("a_b/c", "axb", "ab", "a.b"):
        assert put(call, token, path).status_code == 201


def test_an_unchanged_file_is_not_sent_again(call, key):
    token = key()
    etag = put(call, token, "a", b"one").headers["ETag"]
    assert call("GET", f"{DATA}/a", token).headers["ETag"] == etag
    again = call("GET", f"{DATA}/a", token, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_is_changed_only_if_it_is_the_one_that_was_seen(call, key):
    token = key()
    seen = put(call, token, "a", b"one").headers["ETag"]
    put(call, token, "a", b"two")
    assert put(call, token, "a", b"three", **{"If-Match": seen}).json()["reason"] == "changed-meanwhile"
    assert call("DELETE", f"{DATA}/a", token, headers={"If-Match": seen}).status_code == 412
    assert call("GET", f"{DATA}/a", token).content == b"two"


def test_a_file_is_made_only_where_there_is_none_if_so_asked(call, key):
    token = key()
    assert put(call, token, "a", **{"If-None-Match": "*"}).status_code == 201
    assert put(call, token, "a", **{"If-None-Match": "*"}).status_code == 412
    assert put(call, token, "b", **{"If-Match": "*"}).status_code == 412


@pytest.mark.parametrize(
    ("size", "status"), [(0, 201), (BODY_LIMIT, 201), (BODY_LIMIT + 1, 413), (BODY_LIMIT * 3, 413)]
)
def test_the_largest_file_is_taken_and_one_byte_more_is_not(raw, key, size, status):
    token, body = key(), b"a" * size
    got, answer, _ = raw("PUT", f"{DATA}/a", token, body)
    assert got == status
    if status == 413:
        assert f"Send at most {BODY_LIMIT} bytes.".encode() in answer
        assert raw("GET", f"{DATA}/a", token)[0] == 404
    else:
        assert raw("GET", f"{DATA}/a", token)[1] == body


def test_a_file_of_unknown_length_is_refused_because_half_of_it_would_look_whole(raw, key):
    token = key()
    assert raw("PUT", f"{DATA}/a", token, iter([b"a"]))[0] == 411
    assert raw("GET", f"{DATA}/a", token)[0] == 404


def test_a_person_has_so_much_room_and_not_a_byte_more(call, key, bob, monkeypatch):
    monkeypatch.setattr(data_store, "OWNER_BYTES", 10)
    token = key()
    assert put(call, token, "a", b"1234567").status_code == 201
    refused = put(call, token, "b", b"1234")
    assert (refused.status_code, refused.json()["reason"]) == (507, "over-quota")
    assert put(call, token, "b", b"123").status_code == 201
    assert put(call, token, "a", b"7654321").status_code == 200  # in its own place
    assert put(call, key(bob), "a", b"1234567").status_code == 201


def test_a_person_has_so_many_files_and_not_one_more(call, key, monkeypatch):
    monkeypatch.setattr(data_store, "OWNER_FILES", 2)
    token = key()
    assert [put(call, token, name).status_code for name in "abca"] == [201, 201, 507, 200]


def test_who_comes_after_a_deleted_account_of_the_same_e_mail_finds_nothing(
    call, key, alice, as_alice, ada, session, make_person
):
    put(call, key(), "mine.txt", b"alice's")
    assert delete_account(session, as_alice, alice) is None
    session.commit()
    theirs = key(make_person("alice@example.org"))
    assert call("GET", f"{DATA}/mine.txt", theirs).status_code == 404


@pytest.mark.parametrize("path", [".my/.my/x.txt", ".my/.my/sample/hello.txt"])
def test_ones_own_folder_holds_no_other_of_its_name(call, key, path):
    assert call("PUT", f"{DATA}/{path}", key(), data=b"x").status_code == 400
