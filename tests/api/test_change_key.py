"""GET, PATCH, pause, resume, rotate and revoke."""

import json

import pytest

from portal import clock
from portal.keys import finder, lifecycle, rotation, sign_outs
from portal.keys.description import iso
from portal.keys.token import mint
from portal.policy.policy import Policy
from portal.site.settings import DAY, SiteSettings


@pytest.fixture
def key(alice, issue):
    """A key of the caller's owner that ends before the caller does."""
    made, _ = issue(alice, "ci", expires_at=clock.now().replace(microsecond=0) + 9 * DAY)
    return made


@pytest.fixture
def stronger(alice, issue):
    """A key of the caller's owner with data access, which the caller has not."""
    made, _ = issue(alice, "strong", policy=Policy.read({"data": "write"}), expires_at=clock.now() + DAY)
    return made


@pytest.fixture
def longer(alice, issue):
    """A key of the caller's owner that lives longer than the caller."""
    made, _ = issue(alice, "long", expires_at=clock.now() + 31 * DAY)
    return made


def test_a_key_is_told_with_all_but_its_secrets(call, key):
    told = call("GET", f"/{key.public_id}")
    assert told.json["expires"] == iso(key.expires_at)
    assert told.headers["ETag"] == '"1"'
    assert set(told.json) == {
        "public_id", "name", "owner", "kind", "status", "created", "not_before", "expires", "ends", "secret_made",
        "old_secret_ends", "paused", "revoked", "revoked_by", "revoked_reason", "last_used", "last_used_from", "rules",
        "version",
    }  # fmt: skip


def test_the_list_is_paged_and_says_where_the_other_pages_are(call, alice, issue):
    for number in range(4):
        issue(alice, f"key {number}")
    first = call("GET", "?limit=2")
    assert [key["name"] for key in first.json["keys"]] == ["key 3", "key 2"]
    assert first.json["total"] == 5
    assert '</api/v1/keys?limit=2&page=2>; rel="next"' in first.headers["Link"]
    last = call("GET", "?limit=2&page=3")
    assert [key["name"] for key in last.json["keys"]] == ["deploy"]
    assert 'rel="next"' not in last.headers["Link"]


def test_the_list_has_nobody_elses_keys_and_no_deleted_ones(call, bob, issue, key, as_alice, session):
    issue(bob, "theirs")
    lifecycle.delete(session, as_alice, key)
    session.commit()
    assert [key["name"] for key in call().json["keys"]] == ["deploy"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "page=0", "page=1&page=2", "limit=", "show=all"])
def test_an_address_that_asks_for_something_else_is_refused(call, query):
    assert call("GET", f"?{query}").status_code == 422


def test_a_change_names_what_changes_and_leaves_the_rest(call, key):
    told = call("PATCH", f"/{key.public_id}", json={"name": "build", "rules": {"networks": ["192.0.2.0/24"]}}).json
    assert (told["name"], told["rules"]["networks"]) == ("build", ["192.0.2.0/24"])
    assert told["rules"]["resources"][0] == "algo://*"
    assert told["expires"] == iso(key.expires_at)
    assert told["version"] == 3


def test_all_is_changed_or_nothing(call, key, session):
    answer = call("PATCH", f"/{key.public_id}", json={"name": "build", "expires": "2000-01-01"})
    assert (answer.status_code, answer.json["reason"]) == (422, "expiry-past")
    session.expire_all()
    assert (key.name, key.version) == ("ci", 1)


@pytest.mark.parametrize("change", [{"rules": {"data": "read"}}, {"expires": "day 31"}])
def test_a_change_makes_no_key_stronger_or_longer_lived_than_the_caller(call, key, change):
    late = {"expires": (clock.now() + 31 * DAY).date().isoformat()}
    answer = call("PATCH", f"/{key.public_id}", json=late if "expires" in change else change)
    assert (answer.status_code, answer.json["reason"]) == (403, "stronger-than-caller")


def test_a_caller_cannot_lengthen_its_own_life(call, manager):
    late = (clock.now() + 31 * DAY).date().isoformat()
    assert call("PATCH", f"/{manager[0].public_id}", json={"expires": late}).status_code == 403


@pytest.mark.parametrize("target", ["stronger", "longer"])
@pytest.mark.parametrize(("method", "path"), [("PATCH", ""), ("POST", "/rotate"), ("POST", "/resume")])
def test_what_goes_beyond_the_caller_is_neither_changed_nor_rotated_nor_resumed(request, call, target, method, path):
    key = request.getfixturevalue(target)
    answer = call(method, f"/{key.public_id}{path}", json={})
    assert (answer.status_code, answer.json["reason"]) == (403, "stronger-than-caller")
    assert "token" not in answer.json


@pytest.mark.parametrize("target", ["stronger", "longer", "key"])
def test_any_key_of_the_owner_can_be_revoked(request, call, session, target, manager):
    key = request.getfixturevalue(target)
    told = call("POST", f"/{key.public_id}/revoke", json={"reason": "leaked"}).json
    assert (told["status"], told["revoked_reason"]) == ("revoked", "leaked")
    assert told["revoked_by"] == f"alice@example.org via {manager[0].public_id}"
    assert call("POST", f"/{key.public_id}/revoke").json["version"] == told["version"]


@pytest.mark.parametrize("target", ["stronger", "longer", "key"])
def test_any_key_of_the_owner_can_be_paused(request, call, target):
    key = request.getfixturevalue(target)
    told = call("POST", f"/{key.public_id}/pause").json
    assert told["status"] == "paused"
    assert call("POST", f"/{key.public_id}/pause").json["version"] == told["version"]


def test_a_paused_key_works_again_when_it_is_resumed(call, key):
    call("POST", f"/{key.public_id}/pause")
    told = call("POST", f"/{key.public_id}/resume").json
    assert (told["status"], told["paused"]) == ("active", None)
    assert call("POST", f"/{key.public_id}/resume").json["version"] == told["version"]


def test_a_caller_can_rotate_itself_and_go_on_with_either_token(call, calling, manager):
    token = call("POST", f"/{manager[0].public_id}/rotate", json={"overlap": "1h"}).json["token"]
    assert [act().status_code for act in (call, calling(token))] == [200, 200]


def test_a_caller_that_revokes_itself_is_let_in_no_more(call, manager):
    assert call("POST", f"/{manager[0].public_id}/revoke").status_code == 200
    assert (call().status_code, call().json["reason"]) == (401, "revoked")


def test_a_rotation_tells_the_new_token_once_and_when_the_old_one_ends(call, key, session, peppers):
    told = call("POST", f"/{key.public_id}/rotate").json
    assert told["old_secret_ends"] is not None
    assert finder.by_token(session, peppers, told["token"]).id == key.id


def test_a_rotation_that_is_sent_twice_happens_once(call, key):
    answers = [call("POST", f"/{key.public_id}/rotate", headers={"Idempotency-Key": "r1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert (answers[1].json["reason"], answers[1].json["public_id"]) == ("already-rotated", key.public_id)


def test_an_overlap_may_end_at_a_time_or_with_a_day(call, key):
    ends = (clock.now() + 2 * DAY).replace(microsecond=0)
    told = call("POST", f"/{key.public_id}/rotate", json={"overlap": ends.isoformat()}).json
    assert told["old_secret_ends"] == iso(ends)
    told = call("POST", f"/{key.public_id}/rotate", json={"overlap": ends.date().isoformat()}).json
    assert told["old_secret_ends"].startswith(f"{ends:%Y-%m-%d}T23:59:59")
    past = call("POST", f"/{key.public_id}/rotate", json={"overlap": "2020-01-01"})
    assert (past.status_code, past.json["reason"]) == (422, "overlap-past")


@pytest.mark.parametrize(
    "body",
    [
        {"overlap": "2h"},
        {"overlap": "2026-13-01"},
        {"overlap": "9999-12-31T23:59:59-23:59"},
        {"overlap": []},
        {"overlap": None},
        {"span": "1h"},
    ],
)
def test_an_overlap_that_is_none_is_refused(call, key, body):
    assert call("POST", f"/{key.public_id}/rotate", json=body).status_code == 422


@pytest.mark.parametrize("reason", [7, "x" * 201, "\x1b[2J", "\ud800"])
def test_a_reason_is_a_short_visible_text(call, key, reason):
    assert call("POST", f"/{key.public_id}/revoke", json={"reason": reason}).status_code == 422


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", ""), *(("POST", f"/{act}") for act in ("pause", "resume", "rotate", "revoke"))]
)
def test_a_key_that_was_changed_meanwhile_is_left_alone(call, key, method, path):
    answer = call(method, f"/{key.public_id}{path}", json={}, headers={"If-Match": '"7"'})
    assert (answer.status_code, answer.json["reason"]) == (412, "changed")
    assert call(method, f"/{key.public_id}{path}", json={}, headers={"If-Match": '"1"'}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/rotate")]
)
def test_a_revoked_key_stays_as_it_is(call, key, method, path):
    call("POST", f"/{key.public_id}/revoke")
    answer = call(method, f"/{key.public_id}{path}", json={"name": "x"} if method == "PATCH" else {})
    assert (answer.status_code, answer.json["reason"]) == (409, "revoked")


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/rotate")]
)
def test_a_session_key_can_only_be_revoked(call, alice, issue, method, path):
    key, _ = issue(alice, "here", kind="session")
    answer = call(method, f"/{key.public_id}{path}", json={})
    assert (answer.status_code, answer.json["reason"]) == (409, "session-key")
    assert call("POST", f"/{key.public_id}/revoke").status_code == 200


@pytest.mark.parametrize(
    "stop", [lifecycle.revoke, lifecycle.pause, lambda session, by, key: sign_outs.disable(session, by, key.owner)]
)
def test_a_caller_that_is_stopped_between_verdict_and_act_does_nothing(
    call, manager, key, session, as_alice, monkeypatch, stop
):
    from portal.api import change_key

    def stop_meanwhile(known):
        stop(session, as_alice, manager[0])
        session.commit()
        return {"name": "build"}

    monkeypatch.setattr(change_key, "read_body", stop_meanwhile)
    answer = call("PATCH", f"/{key.public_id}", json={"name": "build"})
    assert (answer.status_code, answer.json["reason"]) == (401, "caller-stopped")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_caller_whose_secret_is_replaced_between_verdict_and_act_does_nothing(
    call, manager, key, session, as_alice, peppers, monkeypatch
):
    from portal.api import change_key

    def rotate_meanwhile(known):
        rotation.rotate(session, as_alice, manager[0], None, peppers=peppers, site=SiteSettings())
        session.commit()
        return {"name": "build"}

    monkeypatch.setattr(change_key, "read_body", rotate_meanwhile)
    answer = call("PATCH", f"/{key.public_id}", json={"name": "build"})
    assert (answer.status_code, answer.json["reason"]) == (401, "caller-stopped")


def test_a_token_that_is_sent_as_a_reason_or_to_act_once_is_not_kept(call, key, manager, session):
    token = str(mint("ptl"))
    told = call("POST", f"/{key.public_id}/revoke", json={"reason": f"leaked {token}"}).json
    assert told["revoked_reason"] == "leaked [API key]"
    made = call("POST", json={"name": "b"}, headers={"Idempotency-Key": token}).json
    again = call("POST", json={"name": "c"}, headers={"Idempotency-Key": token})
    assert (again.status_code, again.json["public_id"]) == (409, made["public_id"])
    session.rollback()
    assert token not in finder.by_public_id(session, made["public_id"]).form_id


def test_no_answer_but_two_holds_a_secret(call, key, manager, session):
    told = [call(), call("GET", f"/{key.public_id}"), call("PATCH", f"/{key.public_id}", json={"name": "b"})]
    told.append(call("POST", f"/{key.public_id}/revoke"))
    secret = manager[1].rpartition("_")[2]
    assert all(secret not in answer.text and "token" not in json.loads(answer.text) for answer in told)
