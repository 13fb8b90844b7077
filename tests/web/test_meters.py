"""The pages count their answers by the template of the route, and sign-ins by what became of them."""

import threading

import pytest

from portal.accounts.gate import Gate
from portal.errors import TooBusy
from portal.metrics.catalogue import GATE_REFUSED, GATE_WAITING, KEYS
from portal.metrics.counts import ATTEMPTS, PAGE_ANSWERS, PAGE_TIMES, SOURCES, UNANSWERED
from tests import cast
from tests.support.patience import wait_for
from tests.support.visitor import Visitor


@pytest.fixture
def added():
    """Return what was counted since the test began."""
    before = {counter: dict(counter.read()) for counter in (PAGE_ANSWERS, ATTEMPTS, UNANSWERED)}

    def since(counter):
        known = before[counter]
        return {
            labels: number - known.get(labels, 0)
            for labels, number in counter.read().items()
            if number != known.get(labels, 0)
        }

    return since


def test_a_page_is_counted_by_its_route_and_never_by_its_address(visit, alice, added):
    visit(alice).get("/profile/api-credentials/ptl_7Hq2Wd9xKm")
    assert added(PAGE_ANSWERS)["/profile/api-credentials/<public_id>", "GET", "404"] == 1
    assert ("/profile/api-credentials/<public_id>",) in PAGE_TIMES.read()


def test_what_is_no_page_and_no_method_is_counted_together(client, added):
    for method, path in (("GET", "/nowhere"), ("GET", "/nowhere/else"), ("BREW", "/sign-in"), ("STIR", "/sign-in")):
        client.open(path, method=method)
    assert added(PAGE_ANSWERS) == {("none", "GET", "404"): 2, ("none", "other", "405"): 2}


def test_sign_ins_are_counted_by_what_became_of_them(visit, client, alice, added):
    visit(alice)
    Visitor(client).try_password(cast.ALICE, "wrong")
    assert added(ATTEMPTS) == {("let-in",): 1, ("wrong",): 1}


def test_the_gate_says_who_is_inside_and_who_was_sent_away():
    gate, go = Gate(at_once=1, waiting=1), threading.Event()
    inside = [threading.Thread(target=gate.do, args=(go.wait,)) for _ in range(2)]
    for one in inside:
        one.start()
    wait_for(lambda: gate.inside == 2)
    with pytest.raises(TooBusy):
        gate.do(go.wait)
    assert (gate.inside, gate.refused) == (2, 1)
    go.set()
    for one in inside:
        one.join()
    assert (gate.inside, gate.refused) == (0, 1)
    assert {GATE_WAITING, GATE_REFUSED} <= set(SOURCES)


def test_the_census_tells_the_keys_by_status(app, alice, issue):
    from portal.worker.census import take_census

    issue(alice, "one")
    issue(alice, "two")
    try:
        with app.app_context():
            take_census()
        assert SOURCES[KEYS]()["active",] == 2
    finally:
        SOURCES.pop(KEYS, None)
