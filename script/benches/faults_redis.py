"""Redis hung, killed and flushed, while programs verify with and without a rate and somebody guesses passwords."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path

from redis import Redis

from script.benches.faults_http import OK, Browser, ask
from script.benches.faults_portal import Portal, seconds_until
from script.benches.faults_table import Row
from script.benches.faults_watch import watching
from tests.support import redis

RATE, TRIES = 3, 5
WRONG_TRIES = 10
MOST_SECONDS, HEALED_SECONDS = 2.0, 5.0
FLUSHED = "flushed"
_WATCHED_SECONDS = 0.5
GUESSED = "guessed@example.org"


class Subject:
    """A portal with a Redis, keys to ask with, and somebody who guesses."""

    def __init__(self, portal: Portal, server: redis.Server) -> None:
        self._portal = portal
        self._server = server
        self._redis = Redis.from_url(server.url)
        self._plain = portal.key("plain")
        self._browser = Browser(portal.url)
        self._faults: dict[str, Callable[[], Iterator[None]]] = {
            "hung (SIGSTOP)": self._hung,
            "killed (-9)": self._killed,
            FLUSHED: self._flushed,
        }

    def rows(self, times: int) -> list[Row]:
        """Do each of these things so many times, and tell what was seen."""
        guesses = [self._guess() for _ in range(WRONG_TRIES)]  # the last of them is the last that is compared
        assert HTTPStatus.TOO_MANY_REQUESTS not in guesses, guesses
        return [row for name in self._faults for row in self._rows(name, times)]

    def _rows(self, name: str, times: int) -> list[Row]:
        passed, guesses, healed = [], [], []
        with watching(plain=lambda: ask(f"{self._portal.lane_url}/auth", self._plain)) as watches:
            for number in range(times):
                token = self._portal.key(f"{name} {number}", f"{RATE}/minute")
                before = self._passed(token, 1)
                with contextmanager(self._faults[name])():
                    passed.append(before + self._passed(token, TRIES))
                    guesses.append(self._guess())
                healed.append(self._counts_again(f"{name} {number} again"))
        watch = watches["plain"]
        most = 2 * RATE if name == FLUSHED else RATE  # what was counted there alone is lost; docs/limits.md says so
        is_limited = set(passed) <= {*range(RATE, most + 1)}
        wanted = f"{RATE}" if most == RATE else f"{RATE} to {most}"
        is_throttled = set(guesses) == {HTTPStatus.TOO_MANY_REQUESTS}
        slowest, latest = watch.slowest, max(healed)
        return [
            Row(f"Redis {name}: verifications", times, watch.told, "200 only", watch.statuses.keys() == {OK}),
            Row("… slowest", times, f"{slowest:.2f} s", f"{MOST_SECONDS:g} s", slowest <= MOST_SECONDS),
            Row(f"… passed in a minute with a key of {RATE}/minute", times, _several(passed), wanted, is_limited),
            Row("… password tried after ten wrong ones", times, _several(guesses), "429", is_throttled),
            Row("… rates are counted in Redis again after", times, f"{latest:.1f} s", "5 s", latest <= HEALED_SECONDS),
        ]

    def _hung(self) -> Iterator[None]:
        self._server.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._server.process.send_signal(signal.SIGCONT)

    def _killed(self) -> Iterator[None]:
        self._server.process.kill()
        self._server.process.wait()
        self._server.socket.unlink(missing_ok=True)
        try:
            yield
        finally:
            self._server.start()

    def _flushed(self) -> Iterator[None]:
        self._redis.flushall()
        yield
        time.sleep(_WATCHED_SECONDS)  # nothing else takes time here, and somebody has to have asked

    def _passed(self, token: str, tries: int) -> int:
        return sum(ask(f"{self._portal.lane_url}/auth", token).status == OK for _ in range(tries))

    def _guess(self) -> int:
        return self._browser.sign_in(GUESSED, "not the password").status

    def _counts_again(self, name: str) -> float:
        """Return how long it takes until what passes is counted in Redis."""
        token = self._portal.key(name, "1000/minute")
        begun = time.monotonic()
        before = len(self._redis.keys("*:rate:*"))

        def is_counted() -> bool:
            ask(f"{self._portal.lane_url}/auth", token)
            return len(self._redis.keys("*:rate:*")) > before

        seconds_until(is_counted)
        return time.monotonic() - begun


def measure(place: Path, times: int) -> list[Row]:
    """Do each of these things so many times to one portal."""
    place.mkdir(parents=True, exist_ok=True)
    with closing(_Server(place)) as server, closing(Portal(place, PORTAL_REDIS_URL=server.url)) as portal:
        return Subject(portal, server).rows(times)


class _Server(redis.Server):
    def close(self) -> None:
        self.stop()


def _several(found: list[int]) -> str:
    return ", ".join(str(each) for each in sorted({int(each) for each in found}))
