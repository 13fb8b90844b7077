"""PostgreSQL stopped, restarted and frozen, while programs verify and a person looks at pages."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from script.benches import faults_postgres_server
from script.benches.faults_http import OK, Browser, Reply, ask
from script.benches.faults_portal import Portal
from script.benches.faults_table import Row
from script.benches.faults_watch import BUSY, Watch, seconds_to_heal, watching
from tests.cast import ADA, PASSWORD
from tests.support import postgres

FOR_SECONDS = 2.5  # longer than anybody may wait for an answer
MOST_SECONDS, HEALED_SECONDS = 2.0, 5.0
TRY_AGAIN = "try again in a moment"
PAGE = "/profile/api-credentials"


@contextmanager
def restarted(socket: Path) -> Iterator[None]:
    """Restart the server; it is back at once."""
    postgres.restart(socket)
    yield


INJECTED: dict[str, Callable[[Path], AbstractContextManager[None]]] = {
    "stopped": postgres.stopped,
    "restarted": restarted,
    "frozen": postgres.frozen,
}


class Asked(NamedTuple):
    """Who asks: with a key that lives and one that was revoked, at the lane and at the pages; and a person."""

    lane: Watch
    lane_revoked: Watch
    pages: Watch
    pages_revoked: Watch
    person: Watch


class Subject:
    """A portal on a PostgreSQL that things are done to."""

    def __init__(self, portal: Portal, socket: Path) -> None:
        self._socket = socket
        self.portal = portal
        self._living, self._revoked = portal.key("living"), portal.key("revoked")
        self.portal.revoke(self._revoked)
        self._browser = Browser(self.portal.url)
        assert self._browser.sign_in(ADA, PASSWORD).status == OK

    def inject(self, name: str, times: int) -> list[Row]:
        """Do it so many times, and tell what was seen."""
        asked, healed = [], []
        for _ in range(times):
            with watching(**self._questions()) as watches:
                time.sleep(0.3)
                with INJECTED[name](self._socket):
                    time.sleep(0 if name == "restarted" else FOR_SECONDS)
                back = time.monotonic()
                all_who_ask = Asked(**watches)
                healed.append([seconds_to_heal(watch, back) for watch in (all_who_ask.lane, all_who_ask.person)])
            asked.append(all_who_ask)
        return _rows(name, asked, healed)

    def _questions(self) -> dict[str, Callable[[], Reply]]:
        lane, pages = f"{self.portal.lane_url}/auth", f"{self.portal.url}/auth"
        return {
            "lane": lambda: ask(lane, self._living),
            "lane_revoked": lambda: ask(lane, self._revoked),
            "pages": lambda: ask(pages, self._living),
            "pages_revoked": lambda: ask(pages, self._revoked),
            "person": lambda: self._browser.get(PAGE),
        }


def _rows(name: str, asked: list[Asked], healed: list[list[float]]) -> list[Row]:
    verifying = [watch for each in asked for watch in each[:4]]
    living = [watch for each in asked for watch in (each.lane, each.pages)]
    revoked = [watch for each in asked for watch in (each.lane_revoked, each.pages_revoked)]
    slow_lane = max(watch.slowest for each in asked for watch in (each.lane, each.lane_revoked))
    slow_pages = max(watch.slowest for each in asked for watch in (each.pages, each.pages_revoked))
    strange = [watch.told for watch in living if watch.statuses.keys() - {OK, BUSY}]
    silent = sum(watch.without_retry for watch in verifying)
    lane, person = (max(each[place] for each in healed) for place in (0, 1))
    let_in = sum(watch.statuses[OK] for watch in revoked)
    refused = sum(watch.statuses.total() for watch in revoked)
    unlike = [page for each in asked for page in each.person.seen if TRY_AGAIN not in page]
    times = len(asked)
    return [
        Row(f"PostgreSQL {name}: slowest verification", times, f"{slow_lane:.2f} s", "2 s", slow_lane <= MOST_SECONDS),
        Row("… the same at the pages", times, f"{slow_pages:.2f} s", "2 s", slow_pages <= MOST_SECONDS),
        Row("… answers to a living key but 200 and 503", times, "; ".join(strange) or "none", "none", not strange),
        Row("… 503 without `Retry-After`", times, f"{silent}", "0", not silent),
        Row("… let in with a revoked key", times, f"{let_in} of {refused:,}", "0", not let_in),
        Row("… verification healed after", times, f"{lane:.2f} s", "5 s", lane <= HEALED_SECONDS),
        Row("… a page answered with anything but itself and “try again”", times, f"{len(unlike)}", "0", not unlike),
        Row("… slowest page", times, f"{max(each.person.slowest for each in asked):.2f} s", "", held=True),
        Row("… pages healed after", times, f"{person:.2f} s", "5 s", person <= HEALED_SECONDS),
    ]


def measure(place: Path, socket: Path, times: int) -> list[Row]:
    """Do each of these things so many times to one portal."""
    with closing(Portal(place, **faults_postgres_server.settings(socket))) as portal:
        subject = Subject(portal, socket)
        return [row for name in INJECTED for row in subject.inject(name, times)]
