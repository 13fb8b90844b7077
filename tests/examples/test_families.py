"""The sample API as clients of four other systems call it, at the root of its host and under a prefix."""

import pytest
from sqlalchemy import update
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from examples.research_api.families import FAMILIES, family_of
from examples.research_api.slashes import meant
from portal import clock
from portal.keys.models import Key
from portal.policy.reasons import Reason
from tests.examples.family_calls import CALLS

EACH = pytest.mark.parametrize("call", CALLS, ids=str)
ELSEWHERE = ["198.51.100.0/24"]


def nowhere(environ, start_response):
    start_response("404 Not Found", [])
    return [b""]


@pytest.fixture(params=["", "/sample"], ids=["at the root", "under a prefix"])
def prefix(request):
    return request.param


@pytest.fixture
def send(api, prefix):
    """Send a family's request with a key, at the root or under the prefix."""
    client = Client(DispatcherMiddleware(nowhere, {prefix: api}) if prefix else api, api.response_class)

    def send(call, token, slash="", **headers):
        carried = ({"X-API-Key": token} if token else {}) | headers
        address = {"PATH_INFO": prefix + slash + call.path.rstrip("?")}
        return client.open(method=call.method, headers=carried, environ_overrides=address, **call.more)

    return send


def said_by(reply):
    return reply.json if reply.is_json else reply.text


def assert_refused(call, reply, status, reason):
    """Check that it is a refusal in the shape of the call's family, and no more than that."""
    assert (reply.status_code, reply.headers.get("X-Auth-Reason")) == (status, reason)
    assert reply.is_json
    assert not {"Location", "Set-Cookie"} & set(reply.headers.keys())
    if call.family == "algorithmia":
        assert reply.headers["X-Error-Message"].endswith(".")
    if call.family == "labkey" and status == 401:
        assert [one for one in reply.headers.getlist("WWW-Authenticate") if one.startswith('Basic realm="')]
    if call.method != "HEAD":
        assert_shape(call.family, reply.json)


def assert_shape(family, said):
    match family:
        case "alveo":
            assert said.keys() == {"error"}
            assert isinstance(said["error"], str)
        case "algorithmia":
            assert said["error"].keys() == {"message"}
            assert said["reason"]
        case "labkey":
            assert said.keys() == {"exception", "success"}
            assert said["success"] is False
        case "cloudmc":
            (error,) = said["errors"]
            assert error.keys() == {"errorCode", "message", "context"}
            assert error["context"] == {}


@EACH
def test_a_good_key_gets_what_there_is(send, key, call):
    reply = send(call, key())
    assert reply.status_code in {200, 201}
    assert call.check(said_by(reply))
    assert "Set-Cookie" not in reply.headers


def test_a_key_gets_nothing_once_it_is_revoked(send, session, key, subtests):
    token = key()
    session.execute(update(Key).values(revoked_at=clock.now()))
    session.commit()
    for call in CALLS:
        with subtests.test(call=str(call)):
            assert_refused(call, send(call, token), 401, Reason.REVOKED)


def test_no_key_and_a_wrong_one_are_401(send, subtests):
    for call in CALLS:
        with subtests.test(call=str(call)):
            assert_refused(call, send(call, None), 401, Reason.MISSING)
            assert_refused(call, send(call, "nothing"), 401, Reason.MALFORMED)
            assert_refused(call, send(call, None, Cookie="session=anything"), 401, Reason.MISSING)


def test_a_key_of_another_network_is_403(send, key, subtests):
    token = key(networks=ELSEWHERE)
    for call in CALLS:
        with subtests.test(call=str(call)):
            assert_refused(call, send(call, token), 403, Reason.ADDRESS_NOT_ALLOWED)


def test_a_key_that_opens_something_else_is_403_where_something_is_asked_of_it(send, key, subtests):
    token = key(resources=["algo://demo/Other", "collection://other/*"], data="none")
    for call in CALLS:
        with subtests.test(call=str(call)):
            reply = send(call, token)
            if call.resource:
                assert_refused(call, reply, 403, Reason.RESOURCE_NOT_ALLOWED)
            elif call.access:
                assert_refused(call, reply, 403, Reason.DATA_ACCESS_DENIED)
            else:
                assert reply.status_code == 200


@EACH
def test_a_key_for_this_alone_opens_it(send, key, call):
    token = key(resources=[call.resource] if call.resource else [], data=call.access or "none")
    assert send(call, token).status_code in {200, 201}


@EACH
def test_a_slash_too_many_in_front_is_no_other_address(send, key, call):
    reply = send(call, key(), "/")
    assert reply.status_code in {200, 201}
    assert call.check(said_by(reply))


def test_a_key_that_is_used_too_fast_is_429_and_told_when_to_come_again(send, key, subtests):
    token = key(rate="1/minute")
    assert send(CALLS[0], token).status_code == 200
    for call in CALLS:
        with subtests.test(call=str(call)):
            refused = send(call, token)
            assert_refused(call, refused, 429, Reason.RATE_LIMITED)
            assert int(refused.headers["Retry-After"]) >= 1


def test_where_a_key_cannot_be_judged_it_is_503(send, key, folder, engine, subtests):
    token = key()
    engine.dispose()
    for path in folder.path.glob("portal.db*"):
        path.unlink()
    for call in CALLS:
        with subtests.test(call=str(call)):
            assert_refused(call, send(call, token), 503, "unavailable")


@pytest.mark.parametrize(
    ("path", "is_meant"),
    [
        ("//version", "/version"), ("///item_lists//1", "/item_lists/1"), ("/v1//environments", "/v1/environments"),
        ("//v1/algo/demo/Hello", "/v1/algo/demo/Hello"), ("//v1/data/a//b", "/v1/data/a//b"), ("//whoami", "//whoami"),
        ("//home//login-whoami.api", "/home/login-whoami.api"), ("//", "//"),
    ],
)  # fmt: skip
def test_only_the_addresses_of_a_family_are_mended(path, is_meant):
    assert meant(path) == is_meant


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("/v1/data/x.api", 0), ("/catalog/a/b.api", 1), ("/v1/environments/7", 2), ("/a/b-c.api", 3),
        ("/login/whoAmI.view", 3), ("/v1/collection/a/b.api", None),
        ("/whoami", None), ("/versions", None), ("/v1/environment/demo/sandbox", None), ("/docs/algo/demo/Hello", None),
    ],
)  # fmt: skip
def test_an_address_has_one_family_or_none(path, number):
    assert family_of(path) is (None if number is None else FAMILIES[number])
