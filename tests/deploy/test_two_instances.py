"""Two portals behind one nginx, on one PostgreSQL and one Redis, are one portal: it does not matter whom one asks."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest
import requests

from portal.policy.limits import Quota, Rate
from tests import cast
from tests.deploy import proxy
from tests.deploy.pair import LIST, Caller, Pair, Person, ask_lane, introspect, silenced, two_portals, verify
from tests.support import postgres, redis
from tests.support.patience import wait_for

pytestmark = pytest.mark.server

SETTLES_SECONDS = 3.0  # docs/scaling.md: nginx leaves one out for two seconds that did not answer


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    if postgres.IS_MISSING or redis.PROGRAM is None:
        pytest.skip("PostgreSQL or Redis is missing; script/setup --system installs them.")
    proxy.program("nginx")
    folder = tmp_path_factory.mktemp("pair")
    counter = redis.Server(tmp_path_factory.mktemp("redis"))
    try:
        with postgres.server() as socket, two_portals(folder, socket, counter.url) as pair:
            yield pair
    finally:
        counter.stop()


def spread(pair: Pair, token: str, requests_: int) -> list[int]:
    """Verify so often, eight at a time, by turns at both portals."""
    turns = cycle(pair.houses)
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda house: ask_lane(house, token), [next(turns) for _ in range(requests_)]))


def test_both_started_at_once_and_one_of_them_made_the_first_admin(pair: Pair) -> None:
    assert pair.sql("SELECT email FROM person") == [(cast.ADA,)]
    assert sum("The first admin is" in house.output for house in pair.houses) == 1
    assert sum("Making the database" in house.output for house in pair.houses) == 1


def test_one_of_both_does_the_chores(pair: Pair) -> None:
    def tell_the_keys() -> list[bool]:
        own = (pair.a.folder / "secrets" / "metrics_token").read_text().strip()
        asked = [
            requests.get(f"{house.url}/metrics", headers={"Authorization": f"Bearer {own}"}, timeout=20)
            for house in pair.houses
        ]
        return sorted("\nportal_keys{" in answer.text for answer in asked)

    pair.issue("counted")
    wait_for(lambda: tell_the_keys() == [False, True], seconds=75)
    [(holders,)] = pair.sql(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 2 AND granted"
    )  # fmt: skip
    assert holders == 1


def test_a_sign_in_at_one_is_good_at_the_other_and_so_is_a_form(pair: Pair) -> None:
    person = Person().sign_in(pair.a.url)
    assert person.get(pair.b.url, "/profile").status_code == 200
    sent = person.send(pair.b.url, "/profile", "/sign-out")
    assert sent.status_code == 303
    assert person.get(pair.a.url, "/profile").status_code in {302, 303}


def test_a_key_that_is_revoked_at_one_is_refused_at_the_other_at_once(pair: Pair) -> None:
    person = Person().sign_in(pair.a.url)
    for number, (here, there) in enumerate([pair.houses, pair.houses[::-1]] * 3):
        _, public_id, token = pair.issue(f"revoked-{number}")
        assert (ask_lane(here, token), ask_lane(there, token)) == (200, 200)
        page = f"{LIST}/{public_id}/revoke"
        assert person.send(here.url, page, page).status_code == 303
        assert (ask_lane(there, token), ask_lane(here, token)) == (401, 401)
        assert verify(there.url, there.service_token(), token) == 200  # an answer, which says no
        assert verify(pair.front, there.service_token(), token) == 200


def test_a_rate_is_one_for_both(pair: Pair) -> None:
    key = pair.issue("rated", rate=Rate.read("20/hour"))
    assert sorted(spread(pair, key.token, 50)) == [200] * 20 + [429] * 30


def test_a_quota_is_one_for_both(pair: Pair) -> None:
    key = pair.issue("with-quota", quota=Quota.read("20/month"))
    assert sorted(spread(pair, key.token, 50)) == [200] * 20 + [429] * 30


def test_nginx_keeps_what_is_each_portals_own_to_itself(pair: Pair) -> None:
    for path in ("/auth", "/metrics", "/readyz", "/healthz"):
        assert requests.get(pair.front + path, timeout=20).status_code == 404


@pytest.mark.parametrize("ask", [verify, introspect])
def test_what_a_portal_does_not_answer_is_asked_of_the_other(pair: Pair, ask: Callable[[str, str, str], int]) -> None:
    key, service_token = pair.issue(f"asked by {ask.__name__}"), pair.a.service_token()
    with silenced(pair.a):
        assert [ask(pair.front, service_token, key.token) for _ in range(4)] == [200] * 4


def test_a_rolling_restart_under_load_loses_no_verification_and_no_record(pair: Pair) -> None:
    key = pair.issue("rolling")
    caller = Caller(pair, key.token)
    with caller.calling():
        time.sleep(1)
        for house in pair.houses:
            pair.restart(house)
            time.sleep(SETTLES_SECONDS)
    assert {status for _, status in caller.answers} == {200}
    assert {door for door, _ in caller.answers} == {"auth", "verify"}
    assert len(caller.answers) > 200
    wait_for(lambda: calls_of(pair, key.id) >= len(caller.answers))
    assert calls_of(pair, key.id) == len(caller.answers)


def calls_of(pair: Pair, key: int) -> int:
    [(calls,)] = pair.sql("SELECT coalesce(sum(calls), 0) FROM usage_hour WHERE key_id = %s", key)
    return int(str(calls))
