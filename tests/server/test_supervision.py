"""Nothing stays down, and nothing is left behind."""

import os
import signal

import pytest

from tests.server.house import fetch

pytestmark = pytest.mark.server

PAGES = "wsgi:application"
LANE = "portal.gateway.application"  # also the one of PostgreSQL


def answers(url):
    try:
        return fetch(f"{url}/healthz")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("application", [PAGES, LANE])
def test_a_server_that_is_killed_comes_back(start, application):
    house = start().wait_until_ready()
    url = house.url if application == PAGES else house.lane_url
    before = house.children(application)

    os.kill(before[0], signal.SIGKILL)

    house.wait_for(lambda: set(house.children(application)).isdisjoint(before) and answers(url))
    assert "ended unexpectedly; starting again" in house.output


def test_a_worker_that_is_killed_comes_back(start):
    house = start(PORTAL_WORKERS="2").wait_until_ready()
    parent, *workers = house.children(PAGES)

    os.kill(workers[0], signal.SIGKILL)

    house.wait_for(lambda: len(house.children(PAGES)) == 3 and workers[0] not in house.children(PAGES))
    house.wait_for(lambda: answers(house.url))
    assert parent in house.children(PAGES)


def test_a_killed_supervisor_leaves_no_process_behind(start):
    house = start(PORTAL_WORKERS="2").wait_until_ready()
    assert len(house.processes()) >= 6

    house.process.kill()

    house.wait_for(lambda: house.processes() == [])


def test_it_can_be_started_again_at_once(start):
    house = start().wait_until_ready()
    house.process.kill()
    house.wait_for(lambda: house.processes() == [])

    again = start(port=house.port).wait_until_ready()

    assert answers(again.url)
