"""A rate in Redis is one rate for all processes; without Redis each process counts for itself, and none waits."""

import logging
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from pydantic import SecretStr

from portal.clock import now, to_milliseconds
from portal.config import ROOT
from portal.gateway import opening
from portal.policy.facts import Facts
from portal.policy.limits import LimitState, Rate
from portal.policy.reasons import Reason
from portal.site.settings import SiteSettings
from portal.verification import rates_redis
from portal.verification.rates_redis import RatesInRedis
from tests.support.patience import wait_for
from tests.support.redis import PROGRAM, Server

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no redis-server: script/setup --system")
KEY = 7


@pytest.fixture
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("r"))
    yield server
    server.stop()


@pytest.fixture
def rates(server):
    return RatesInRedis(server.url, "test")


def spend(rates, *texts, key_id=KEY):
    return rates.spend(key_id, [Rate.read(text) for text in texts], to_milliseconds(now()))


def reasons(rates, text, times):
    return [spend(rates, text).reason for _ in range(times)]


def test_as_many_pass_as_the_rate_says_and_no_more(rates):
    assert reasons(rates, "2/hour", 4) == [None, None, Reason.RATE_LIMITED, Reason.RATE_LIMITED]


def test_the_next_passes_when_the_first_is_a_period_old(rates):
    assert reasons(rates, "2/second", 3)[-1] is Reason.RATE_LIMITED
    time.sleep(1.01)

    assert reasons(rates, "2/second", 3) == [None, None, Reason.RATE_LIMITED]


def test_the_state_says_what_is_left_and_for_how_long(rates):
    assert spend(rates, "5/hour").states == (LimitState("rate", 5, 3600, remaining=4, reset_seconds=3600),)


def test_of_several_rates_all_must_pass_and_a_refusal_by_one_spends_none(rates):
    both = "3/hour", "2/second"
    first, second, third = (spend(rates, *both) for _ in range(3))

    assert [state.name for state in first.states] == ["rate-hour", "rate-second"]
    assert (second.reason, third.reason, [state.name for state in third.states]) == (
        None, Reason.RATE_LIMITED, ["rate-second"],
    )  # fmt: skip
    assert spend(rates, "3/hour").states[0].remaining == 0


def test_each_key_and_each_portal_has_its_own_count(rates, server):
    assert spend(rates, "1/hour").reason is None

    assert spend(rates, "1/hour", key_id=8).reason is None
    assert spend(RatesInRedis(server.url, "another"), "1/hour").reason is None


def test_a_log_stays_small_and_is_forgotten_when_it_is_over(rates):
    assert reasons(rates, "100000/second", 3000).count(None) == 3000
    name = f"test:rate:{{{KEY}}}:second"

    assert rates._server.hlen(name) <= 63
    assert 0 < rates._server.pttl(name) <= 1016


def test_two_processes_share_one_exact_rate(server):
    command = [sys.executable, "-m", "tests.verification.rate_spender", server.url, "500/hour", "400"]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]

    assert sum(int(process.communicate(timeout=60)[0]) for process in processes) == 500


def test_without_the_server_this_process_goes_on_from_what_it_let_in(rates, server, caplog):
    assert reasons(rates, "3/hour", 2) == [None, None]
    server.stop()

    with caplog.at_level(logging.INFO):
        assert reasons(rates, "3/hour", 3) == [None, Reason.RATE_LIMITED, Reason.RATE_LIMITED]
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "Rates are counted by this process alone"
    ]


def test_a_server_that_does_not_answer_is_waited_for_once_and_briefly(rates, server):
    assert spend(rates, "100/hour").reason is None
    server.process.send_signal(signal.SIGSTOP)

    begun = time.monotonic()
    assert reasons(rates, "100/hour", 50).count(None) == 50
    assert time.monotonic() - begun < 1


def test_a_server_that_never_was_there_fails_no_request(tmp_path):
    assert reasons(RatesInRedis(f"unix://{tmp_path}/none.sock", "test"), "1/hour", 2) == [None, Reason.RATE_LIMITED]


def test_a_server_that_is_back_is_used_again_and_that_is_said(rates, server, caplog, monkeypatch):
    monkeypatch.setattr(rates_redis, "RETRY_SECONDS", 0.02)
    server.stop()
    server.socket.unlink(missing_ok=True)
    with caplog.at_level(logging.INFO):
        assert spend(rates, "100/hour").reason is None
        server.start()
        wait_for(lambda: rates._lost_in is None)
        wait_for(lambda: caplog.records[-1].getMessage() == "Rates are counted in Redis again.")

    assert spend(rates, "100/hour").states[0].remaining == 99


def test_a_valkey_address_means_the_same(server):
    rates = RatesInRedis("valkey://:a-password@192.0.2.1:7000/3", "test")

    assert rates._server.connection_pool.connection_kwargs | {"host": "192.0.2.1", "port": 7000, "db": 3} == (
        rates._server.connection_pool.connection_kwargs
    )


def test_the_verifiers_of_one_portal_share_the_redis_of_its_settings(
    server, settings, engine, alice, issue, monkeypatch
):
    policy = replace(SiteSettings().new_policy(), rate=Rate(3, "hour"))
    _key, token = issue(alice, policy=policy)
    with_redis = settings.model_copy(update={"redis_url": SecretStr(server.url)})
    verdicts = []
    for _process in range(2):
        monkeypatch.setattr(opening, "_opened", {})
        verifier = opening.open_verifier(with_redis)
        verdicts += [verifier.verify(token, Facts()) for _ in range(2)]

    assert [getattr(verdict, "reason", None) for verdict in verdicts] == [None, None, None, Reason.RATE_LIMITED]
