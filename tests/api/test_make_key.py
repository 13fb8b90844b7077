"""POST /api/v1/keys."""

import json
from datetime import timedelta

import pytest

from portal import clock
from portal.audit.models import Audit
from portal.keys import finder
from portal.keys.description import iso
from portal.keys.models import Key
from portal.policy.policy import Policy


def narrow(session, key, **rules):
    key.policy = Policy.read(Policy.from_text(key.policy).plain() | rules).to_text()
    session.commit()


def slugs(answer):
    return answer.json["reason"], [error["field"] for error in answer.json.get("errors", ())]


def test_a_key_is_made_and_its_token_told_once(call, session, peppers, manager):
    answer = call("POST", json={"name": "ci"})

    assert answer.status_code == 201
    assert finder.by_token(session, peppers, answer.json["token"]).name == "ci"
    assert answer.location.endswith(f"/api/v1/keys/{answer.json['public_id']}")
    again = call("GET", f"/{answer.json['public_id']}")
    assert "token" not in again.json
    assert answer.json["token"].rpartition("_")[2] not in again.text


def test_without_rules_it_may_do_what_the_caller_may(call, session, manager):
    narrow(session, manager[0], data="read", resources=["algo://alice/*"], rate="100/minute")
    rules = call("POST", json={"name": "ci"}).json["rules"]
    assert (rules["data"], rules["resources"], rules["rate"]) == ("read", ["algo://alice/*"], "100/minute")


def test_without_an_end_it_lives_no_longer_than_the_caller(call, manager):
    assert call("POST", json={"name": "ci"}).json["expires"] == iso(manager[0].expires_at)


def test_without_an_end_it_lives_as_long_as_the_site_says_where_that_is_shorter(app, call, manager):
    app.test_cli_runner().invoke(args=["settings", "set", "default_days", "7"])
    last_day = (clock.now() + timedelta(days=7)).date()
    assert call("POST", json={"name": "ci"}).json["expires"] == f"{last_day}T23:59:59Z"


def test_rules_and_dates_are_taken_as_they_are_named(call):
    tomorrow, after = [(clock.now() + timedelta(days=days)).date().isoformat() for days in (1, 2)]
    rules = {"resources": ["algo://alice/hello"], "networks": ["192.0.2.7"], "rate": "5/second"}
    told = call("POST", json={"name": "ci", "rules": rules, "not_before": tomorrow, "expires": after}).json
    assert told["rules"]["resources"] == ["algo://alice/hello"]
    assert told["rules"]["networks"] == ["192.0.2.7/32"]
    assert (told["not_before"], told["expires"]) == (f"{tomorrow}T00:00:00Z", f"{after}T23:59:59Z")
    assert told["status"] == "not-yet-valid"


def test_a_management_key_may_make_one_of_its_own_strength(call, calling):
    other = call("POST", json={"name": "second", "kind": "management"}).json
    assert calling(other["token"])("GET").status_code == 200


@pytest.mark.parametrize(
    ("rules", "beyond"),
    [
        ({"data": "write"}, "data"), ({"resources": ["files://*"]}, "resources"), ({"rate": None}, "rate"),
        ({"rate": "11/second"}, "rate"), ({"quota": "101/day"}, "quota"), ({"networks": ["0.0.0.0/0"]}, "networks"),
        ({"origin": {"native": True, "hosts": ["example.org"]}}, "origin"),
    ],
)  # fmt: skip
def test_no_rule_of_a_new_key_is_wider_than_the_callers(call, session, manager, rules, beyond):
    own = {
        "data": "read",
        "resources": ["algo://*"],
        "rate": "10/second",
        "quota": "100/day",
        "networks": ["127.0.0.0/8"],
    }
    narrow(session, manager[0], **own)
    answer = call("POST", json={"name": "ci", "rules": own | rules})
    assert (answer.status_code, *slugs(answer)) == (403, "stronger-than-caller", [f"rules.{beyond}"])


@pytest.mark.parametrize("days", [31, 60])
def test_a_new_key_does_not_outlive_the_caller(call, session, days):
    late = (clock.now() + timedelta(days=days)).date().isoformat()
    answer = call("POST", json={"name": "ci", "expires": late})
    assert (answer.status_code, *slugs(answer)) == (403, "stronger-than-caller", ["expires"])
    assert session.query(Key).count() == 1


def test_a_new_key_without_an_end_outlives_the_caller(app, call, manager):
    app.test_cli_runner().invoke(args=["settings", "set", "no_expiry", "yes"])
    assert slugs(call("POST", json={"name": "ci", "expires": None}))[0] == "stronger-than-caller"


@pytest.mark.parametrize(
    ("body", "slug", "fields"),
    [
        ({}, "invalid-field", ["name"]),
        ({"name": 7}, "invalid-field", ["name"]),
        ({"name": " "}, "name-empty", ["name"]),
        ({"name": "x" * 65}, "name-too-long", ["name"]),
        ({"name": "deploy"}, "name-taken", ["name"]),
        ({"name": "ci", "colour": 1}, "invalid-field", ["colour"]),
        ({"name": "ci", "kind": "session"}, "invalid-field", ["kind"]),
        ({"name": "ci", "kind": []}, "invalid-field", ["kind"]),
        ({"name": "ci", "rules": None}, "invalid-field", ["rules"]),
        ({"name": "ci", "rules": {"data": "all"}}, "invalid-field", ["rules.data"]),
        ({"name": "ci", "rules": {"resources": ["x"]}}, "invalid-field", ["rules.resources"]),
        ({"name": "ci", "rules": {"origin": {"native": False}}}, "invalid-field", ["rules.origin"]),
        ({"name": "ci", "rules": {"colour": 1}}, "invalid-field", ["rules.colour"]),
        ({"name": "ci", "rules": {"rate": "\ud800"}}, "invalid-field", ["rules.rate"]),
        ({"name": "\ud800"}, "invalid-field", ["name"]),
        ({"name": "ci", "expires": "soon"}, "invalid-field", ["expires"]),
        ({"name": "ci", "expires": 7}, "invalid-field", ["expires"]),
        ({"name": "ci", "expires": "2030-01-01T00:00:00"}, "invalid-field", ["expires"]),
        ({"name": "ci", "expires": "2000-01-01"}, "expiry-past", ["expires"]),
        ({"name": "ci", "not_before": "2999-01-01"}, "never-valid", ["not_before"]),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named(call, session, body, slug, fields):
    answer = call("POST", json=body)
    assert slugs(answer) == (slug, fields), answer.text
    assert answer.status_code == (409 if slug == "name-taken" else 422)
    assert session.query(Key).count() == 1


@pytest.mark.parametrize("body", ['{"name": "a", "name": "b"}', '{"name": "a", "rules": {"name": 1, "name": 2}}'])
def test_a_field_that_stands_twice_is_named(call, body):
    answer = call("POST", data=body, content_type="application/json")
    assert (answer.status_code, *slugs(answer)) == (422, "invalid-field", ["name"])


def test_a_request_that_is_sent_twice_makes_one_key(call, session):
    first, second = [call("POST", json={"name": "ci"}, headers={"Idempotency-Key": "a1"}) for _ in range(2)]
    assert (second.status_code, second.json["reason"]) == (409, "already-issued")
    assert second.json["public_id"] == first.json["public_id"]
    assert "token" not in second.json
    assert session.query(Key).count() == 2


def test_two_persons_may_use_the_same_idempotency_key(call, calling, bob, issue):
    _, theirs = issue(bob, "deploy", kind="management")
    answers = [act("POST", json={"name": "ci"}, headers={"Idempotency-Key": "a1"}) for act in (call, calling(theirs))]
    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize("text", ["", "a b", "x" * 65])
def test_an_idempotency_key_is_short_and_plain(call, text):
    assert slugs(call("POST", json={"name": "ci"}, headers={"Idempotency-Key": text})) == (
        "invalid-field",
        ["Idempotency-Key"],
    )


def test_the_audit_trail_says_whose_key_made_it_and_from_where(call, session, manager):
    made = call("POST", json={"name": "ci"}).json["public_id"]
    entry = session.query(Audit).filter_by(subject=made).one()
    assert (entry.actor, entry.address) == (f"alice@example.org via {manager[0].public_id}", "127.0.0.1")
    assert json.loads(entry.body)["name"] == "ci"


def test_where_an_admin_wants_no_new_keys_none_is_made(app, call):
    app.test_cli_runner().invoke(args=["settings", "set", "new_keys", "no"])
    answer = call("POST", json={"name": "ci"})
    assert (answer.status_code, answer.json["reason"]) == (403, "new-keys-off")
    assert "New API keys cannot be made here" in answer.json["detail"]


def test_a_repeated_request_for_a_key_that_was_handed_over_is_told_so(app, call, bob):
    headers = {"Idempotency-Key": "once"}
    made = call("POST", json={"name": "ci"}, headers=headers).json["public_id"]
    app.test_cli_runner().invoke(args=["keys", "hand-over", made, "--to", bob.email])
    answer = call("POST", json={"name": "ci"}, headers=headers)
    assert (answer.status_code, answer.json["reason"]) == (409, "form-taken")
