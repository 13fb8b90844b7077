"""How a server tells its workers that it stops."""

import signal
from types import SimpleNamespace

import pytest
from granian.server.mp import MPServer

from portal.server import serve


@pytest.fixture
def server(monkeypatch):
    """A server with one worker, and what is sent to that: `server.sent`."""
    server = object.__new__(serve.Draining)
    server.wrks, server.sent = [SimpleNamespace(inner=SimpleNamespace(pid=4711))], []
    monkeypatch.setattr(MPServer, "shutdown", lambda _self, _code=0: server.sent.append("stop"))
    monkeypatch.setattr(serve.os, "kill", lambda pid, number: server.sent.append((pid, number)))
    monkeypatch.setattr(serve.time, "sleep", server.sent.append)
    return server


def test_where_it_waits_workers_say_first_that_the_end_is_near(server):
    server.drain_seconds = 5
    server.shutdown()
    assert server.sent == [(4711, signal.SIGUSR1), 5, "stop"]


def test_where_it_does_not_wait_they_get_one_signal(server):
    """The kernel gives the second of two at once to any thread, and the one that waits for it sleeps on."""
    server.shutdown()
    assert server.sent == ["stop"]
