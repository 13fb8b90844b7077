"""Rows that many requests wait for together: each gets its own, none is late, and no fault lets anybody in."""

import asyncio
import re
import signal
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import psycopg
import pytest

from portal.clock import now_ms
from portal.config import ProxyKind
from portal.keys.peppers import Peppers
from portal.keys.token import digest, mint
from portal.policy.limits import Quota, Rate
from portal.site.settings import SiteSettings
from portal.verification import batch_link, store_batched
from portal.verification.batch_questions import CHANGES, LOOK_UP
from portal.verification.limiter import Limiter
from portal.verification.rates_redis import RatesInRedis
from portal.verification.verifier import Verifier
from tests.gateway.conftest import SERVICE_TOKEN, Reply, ask, environ_of
from tests.support import postgres, redis

NEW = SiteSettings().new_policy()
OLD, CURRENT = b"o" * 32, b"c" * 32
SECRET = "(digest, key_id, pepper, made_at)"
GONE = "terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'portal lane'"


@pytest.fixture
def door(make_lane):
    """The lane, and time enough for its connection."""
    door = make_lane(proxy_kind=ProxyKind.CADDY)
    assert ask(door, "GET", "/auth", x_api_key=str(mint("ptl"))).status == 401
    return door


@pytest.fixture
def database_says(address):
    """Run a statement on a connection of its own."""

    def say(statement, *values):
        with psycopg.connect(address, autocommit=True) as connection:
            return connection.execute(statement, values)

    return say


@pytest.fixture
def pour(address, alice, peppers):
    """Make so many keys, quickly: their tokens by name."""

    def make(count, pepper=None):
        pepper = pepper or peppers.by_number[max(peppers.by_number)]
        tokens = {f"key {number}": mint("ptl") for number in range(count)}
        key = "(public_id, owner_id, name, name_folded, kind, created_at, secret_made_at, policy, version)"
        made, policy = now_ms(), NEW.to_text()
        with psycopg.connect(address) as connection:
            for name, token in tokens.items():
                values = (token.public_id, alice.id, name, name, "standard", made, made, policy, 1)
                row = connection.execute(
                    f"INSERT INTO key {key} VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s) RETURNING id", values
                )
                secret = (digest(str(token), pepper), row.fetchone()[0], 1, made)
                connection.execute(
                    "INSERT INTO key_secret (digest, key_id, pepper, made_at) VALUES (%s,%s,%s,%s)", secret
                )
            connection.execute("UPDATE key SET expires_at = created_at + 86400000")
        return {name: str(token) for name, token in tokens.items()}

    return make


def together(door, *tokens):
    """Ask about all of them at once; return the replies, and the seconds until the last."""
    begun = time.monotonic()
    replies = [Reply(*reply) for reply in door.ask_together([environ_of("GET", "/auth", x_api_key=t) for t in tokens])]
    return replies, time.monotonic() - begun


def status(door, token):
    return ask(door, "GET", "/auth", x_api_key=token).status


def healed_within(door, token, seconds):
    deadline = time.monotonic() + seconds
    while status(door, token) != HTTPStatus.OK:
        assert time.monotonic() < deadline


def test_a_thousand_requests_at_once_each_get_the_row_of_their_own_key(door, pour):
    tokens = pour(1000)
    strangers = [str(mint("ptl")) for _ in range(50)]

    replies, _ = together(door, *tokens.values(), *strangers)

    assert [reply["X-Auth-Key-Name"] for reply in replies[:1000]] == list(tokens)
    assert {(reply.status, reply["X-Auth-Reason"]) for reply in replies[1000:]} == {(401, "unknown")}


def test_the_same_key_many_times_at_once(door, alice, issue):
    replies, _ = together(door, *[issue(alice)[1]] * 300)

    assert {reply.status for reply in replies} == {200}


def test_a_request_that_cannot_be_told_its_row_holds_up_none_of_its_batch(door, alice, issue, monkeypatch):
    _key, token = issue(alice)
    end, broken = store_batched._Wait.end, []

    def end_badly(wait, answer):
        if not broken:
            broken.append(wait)
            told, wait.told = wait.told, lambda _answer: {}["nothing"]
            end(wait, answer)
            told(answer)
        else:
            end(wait, answer)

    monkeypatch.setattr(store_batched._Wait, "end", end_badly)
    replies, _ = together(door, *[token] * 20)
    assert {reply.status for reply in replies} == {200}
    assert broken


def test_a_key_is_found_under_any_pepper_and_a_stranger_under_none(
    address, folder, pour, settings, open_door, recorder
):
    old, current = pour(2, OLD), pour(2, CURRENT)
    both = Verifier(None, Peppers({1: OLD, 2: CURRENT}), recorder, Limiter(None, None))
    door = open_door(both, settings, SERVICE_TOKEN)

    replies, _ = together(door, *old.values(), *current.values(), str(mint("ptl")))

    assert [reply["X-Auth-Key-Name"] for reply in replies] == ["key 0", "key 1", "key 0", "key 1", ""]


@pytest.mark.parametrize(
    ("statement", "parameter", "scanned"),
    [(LOOK_UP, "'{}'::bytea[]", ["site"]), (CHANGES, "'9:9:'", [])],
    ids=["look-up", "changes"],
)
def test_it_looks_along_the_indexes_also_in_empty_tables(address, statement, parameter, scanned):
    with psycopg.connect(batch_link._whole(address)) as connection:
        asked = statement.text.decode().replace("$1", parameter)
        plan = "\n".join(line for (line,) in connection.execute("EXPLAIN " + asked))

    assert re.findall(r"Seq Scan on (\w+)", plan) == scanned
    assert "Hash" not in plan


def test_a_connection_that_is_ended_costs_nobody_an_answer(door, alice, issue, database_says):
    token = issue(alice)[1]
    for _ in range(3):
        database_says(f"SELECT pg_{GONE}")
        assert status(door, token) == 200


def test_a_server_that_starts_again_is_found_again_and_nothing_else_is_ever_answered(door, alice, issue, socket: Path):
    token = issue(alice)[1]
    restarting = threading.Thread(target=postgres.restart, args=(socket,))
    restarting.start()
    seen = set()
    while restarting.is_alive():
        seen |= {reply.status for reply in together(door, *[token] * 20)[0]}
    restarting.join()

    healed_within(door, token, 5)
    assert seen <= {200, 503}


def test_a_frozen_server_is_a_503_within_two_seconds_and_heals_within_five(door, alice, issue, socket: Path):
    token = issue(alice)[1]
    with postgres.frozen(socket):
        for _ in range(2):
            replies, seconds = together(door, *[token] * 20)
            assert {(reply.status, reply["Retry-After"]) for reply in replies} == {(503, "1")}
            assert seconds < 2
        assert ask(door, "GET", "/healthz").status == 200
    healed_within(door, token, 5)


def test_a_malformed_key_needs_no_database(door, socket: Path):
    with postgres.frozen(socket):
        assert status(door, "wrong") == 401


def test_only_so_many_wait(door, alice, issue, socket: Path, monkeypatch):
    monkeypatch.setattr(store_batched, "MOST_WAITING", 10)
    token = issue(alice)[1]
    with postgres.frozen(socket):
        done = []

        async def one():
            done.append(((await door.answer(environ_of("GET", "/auth", x_api_key=token)))[0], time.monotonic() - begun))

        async def many():
            await asyncio.gather(*[one() for _ in range(100)])

        begun = time.monotonic()
        door.run(many())
    at_once = [code for code, seconds in done if seconds < 1]
    assert len(at_once) >= 70
    assert {code for code, _ in done} == {503}
    healed_within(door, token, 5)


@contextmanager
def held(address, statement):
    """Hold a lock for a while."""
    with psycopg.connect(address) as connection:
        connection.execute(statement)
        yield connection


def test_what_was_given_up_is_never_told_late(door, pour, address):
    first, second = pour(2).values()
    with held(address, "LOCK TABLE key IN ACCESS EXCLUSIVE MODE") as connection:
        replies, seconds = together(door, first, second)
        assert {reply.status for reply in replies} == {503}
        assert seconds < 2
        connection.execute("UPDATE key SET revoked_at = 1 WHERE name = 'key 0'")
        connection.commit()
    time.sleep(0.2)  # by now the server has answered whatever it was asked

    replies, _ = together(door, second, first)  # an exchange fails the test when it is answered twice

    assert [(reply.status, reply["X-Auth-Reason"]) for reply in replies] == [(200, ""), (401, "revoked")]


def test_revoked_means_now(door, pour, address):
    tokens = pour(60)
    revoked: dict[str, float] = {}

    def revoke():
        with psycopg.connect(address, autocommit=True) as connection:
            for name in tokens:
                time.sleep(0.02)
                connection.execute("UPDATE key SET revoked_at = 1 WHERE name = %s", (name,))
                revoked[name] = time.monotonic()

    revoking = threading.Thread(target=revoke)
    let_in: list[tuple[str, float]] = []

    async def hammer():
        while revoking.is_alive():
            name = next((name for name in tokens if name not in revoked), name_of_last)
            for asked in (name, *list(revoked)[-2:]):
                begun = time.monotonic()
                if (await door.answer(environ_of("GET", "/auth", x_api_key=tokens[asked])))[0] == HTTPStatus.OK:
                    let_in.append((asked, begun))

    async def four():
        await asyncio.gather(*[hammer() for _ in range(4)])

    name_of_last = list(tokens)[-1]
    revoking.start()
    door.run(four())
    revoking.join()

    assert len(let_in) > 100
    assert [name for name, begun in let_in if begun > revoked[name]] == []


def times(door, **tokens):
    """Ask about all at once; return when each was answered, and how."""
    answered = {}

    async def one(name, token):
        code = (await door.answer(environ_of("GET", "/auth", x_api_key=token)))[0]
        answered[name] = (code, time.monotonic() - begun)

    async def all_of_them():
        await asyncio.gather(*[one(name, token) for name, token in tokens.items()])

    begun = time.monotonic()
    door.run(all_of_them())
    return answered


@pytest.fixture
def token_with(alice, issue) -> Callable[..., str]:
    return lambda **limits: issue(alice, "limited", policy=replace(NEW, **limits))[1]


@pytest.mark.skipif(redis.PROGRAM is None, reason="no redis-server: script/setup --system")
def test_a_redis_that_hangs_holds_up_nobody_else(
    peppers, settings, recorder, open_door, token_with, alice, issue, tmp_path_factory, monkeypatch
):
    monkeypatch.setattr("portal.verification.rates_redis.ANSWER_SECONDS", 1.0)
    server = redis.Server(tmp_path_factory.mktemp("r"))
    try:
        limiter = Limiter(RatesInRedis(server.url, "test"), None)
        door = open_door(Verifier(None, peppers, recorder, limiter), settings, SERVICE_TOKEN, rates_wait=True)
        limited, plain = token_with(rate=Rate.read("100/hour")), issue(alice)[1]
        assert [status(door, token) for token in (limited, plain)] == [200, 200]
        server.process.send_signal(signal.SIGSTOP)

        answered = times(door, limited=limited, plain=plain)

        assert answered["plain"][0] == answered["limited"][0] == 200
        assert answered["plain"][1] < 0.7 < answered["limited"][1]
    finally:
        server.stop()


def test_a_quota_that_cannot_be_counted_is_a_503_in_time_and_holds_up_nobody_else(
    door, token_with, alice, issue, address
):
    limited, plain = token_with(quota=Quota.read("100/day")), issue(alice)[1]
    assert status(door, limited) == 200
    with held(address, "LOCK TABLE quota IN ACCESS EXCLUSIVE MODE"):
        answered = times(door, limited=limited, plain=plain)
    assert (answered["plain"][0], answered["limited"][0]) == (200, 503)
    assert answered["plain"][1] < 0.7
    assert answered["limited"][1] < 2


def test_a_quota_is_exact_also_when_all_come_at_once(door, token_with):
    replies, _ = together(door, *[token_with(quota=Quota.read("10/day"))] * 30)

    assert sorted(reply.status for reply in replies) == [200] * 10 + [429] * 20
