"""A real server with two workers, as Prometheus, a balancer and whoever reads its log see it."""

import json
import os
import re
import signal
import time
import urllib.request

import pytest

from portal.keys.token import PATTERN
from tests.house.test_metrics_documented import DOCUMENTED
from tests.server.house import fetch

pytestmark = pytest.mark.server

PAGES = "wsgi:application"
LANE = "portal.gateway.application"  # also the one of PostgreSQL


def numbers(house, url=None):
    """Return every sample by its name and labels."""
    token = (house.folder / "secrets" / "metrics_token").read_text()
    status, body = fetch(f"{url or house.url}/metrics", token)
    assert status == 200
    samples = [line for line in body.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in samples)}


def total(found, begins):
    return sum(value for name, value in found.items() if name.startswith(begins))


ALLOWED = 'portal_verifications_total{door="auth",outcome="allowed"}'
MALFORMED = 'portal_verifications_total{door="auth",outcome="malformed"}'
SIGN_IN = 'portal_pages_total{method="GET",route="/sign-in",status="200"}'
COUNT = 'portal_verification_seconds_count{door="auth"}'


def test_every_process_is_counted_once_also_after_one_was_killed(start):
    house = start(PORTAL_WORKERS="2").wait_until_ready()
    token = house.flask("keys", "issue", "admin@example.org", "--name", "ci").split()[-1]

    def ask(times):
        for _ in range(times):
            assert fetch(f"{house.url}/auth", token)[0] == 200  # whichever worker takes it
            assert fetch(f"{house.lane_url}/auth", token)[0] == 200
            fetch(f"{house.lane_url}/auth", "nonsense")
            fetch(f"{house.url}/sign-in")

    ask(20)
    house.wait_for(lambda: numbers(house)[COUNT] == 60)
    for url in (house.url, house.lane_url):
        found = numbers(house, url)
        assert (found[ALLOWED], found[MALFORMED], found[SIGN_IN]) == (40, 20, 20)
        assert found['portal_processes{part="pages"}'] == 2
        assert found['portal_processes{part="lane"}'] == 1

    time.sleep(1.2)  # what a process counted in its last second dies with it
    worker, lane = house.children(PAGES)[-1], house.children(LANE)[-1]
    os.kill(worker, signal.SIGKILL)
    os.kill(lane, signal.SIGKILL)
    house.wait_for(lambda: both_answer(house) and numbers(house)['portal_processes{part="pages"}'] == 2)

    ask(10)
    house.wait_for(lambda: numbers(house)[COUNT] >= 90)
    found = numbers(house)
    assert (found[ALLOWED], found[MALFORMED], found[SIGN_IN], found[COUNT]) == (60, 30, 30, 90)
    assert found['portal_processes{part="lane"}'] == 1


def both_answer(house):
    try:
        return {fetch(f"{url}/readyz")[0] for url in (house.url, house.lane_url)} == {200}
    except OSError:
        return False


@pytest.fixture(scope="module")
def house(start_for_all):
    return start_for_all().wait_until_ready()


def test_what_is_told_is_what_the_docs_list(house):
    house.wait_for(lambda: total(numbers(house), "portal_keys{") >= 0 and "portal_keys" in families(house))
    fetch(f"{house.url}/sign-in")
    fetch(f"{house.lane_url}/auth")
    house.wait_for(lambda: "portal_usage_flushed_timestamp_seconds" in families(house))
    assert families(house) == {name: kind for name, (kind, _labels, _meaning) in DOCUMENTED.items()}


def families(house):
    token = (house.folder / "secrets" / "metrics_token").read_text()
    body = fetch(f"{house.url}/metrics", token)[1].decode()
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", body, re.MULTILINE))


def test_a_stranger_learns_no_number_at_either_port(house):
    for url in (house.url, house.lane_url):
        for token in (None, "nonsense", house.service_token()):
            status, body = fetch(f"{url}/metrics", token)
            assert status == 401
            assert json.loads(body)["reason"] == "metrics-token-needed"


def test_it_says_that_it_is_not_ready_while_it_still_answers(start):
    house = start(PORTAL_DRAIN_SECONDS="2", PORTAL_WORKERS="2").wait_until_ready()
    assert {fetch(f"{url}/readyz") for url in (house.url, house.lane_url)} == {(200, b"ready")}

    house.process.send_signal(signal.SIGTERM)
    house.wait_for(lambda: fetch(f"{house.lane_url}/readyz") == (503, b"stopping"))
    house.wait_for(lambda: fetch(f"{house.url}/readyz") == (503, b"stopping"))
    assert fetch(f"{house.lane_url}/auth")[0] == 401
    assert fetch(f"{house.url}/sign-in")[0] == 200
    assert house.wait_until_ended() == 0


def test_every_line_of_every_process_is_json_where_that_is_asked_for_and_none_holds_a_token(start):
    house = start(PORTAL_LOG_FORMAT="json", PORTAL_WORKERS="2").wait_until_ready()
    token = house.flask("keys", "issue", "admin@example.org", "--name", "ci").split()[-1]
    for url in (house.url, house.lane_url):
        for path in (f"/{token}", f"/x?key={token}", f"/{token.replace('_', '%5F')}", "/a%0Ab%1B[2J", "/auth"):
            request = urllib.request.Request(url + path, headers={"X-API-Key": token, "Cookie": f"a={token}"})
            try:
                urllib.request.urlopen(request, timeout=5).close()
            except urllib.error.HTTPError as error:
                error.close()
    os.kill(house.children(PAGES)[-1], signal.SIGKILL)
    house.wait_for(lambda: "Unexpected exit from worker" in house.output)
    assert house.stop() == 0

    lines = [json.loads(line) for line in house.output.splitlines()]
    assert all({"event", "level", "logger", "timestamp"} <= set(line) for line in lines)
    assert {"portal.server", "portal.request", "_granian"} <= {line["logger"] for line in lines}
    assert all("request_id" in line for line in lines if line["logger"] == "portal.request")
    assert not PATTERN.search(house.output)
    assert token.rpartition("_")[2] not in house.output
