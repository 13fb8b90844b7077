"""Asks one address with one key as hard as it can, from some threads: verify_asker.py URL THREADS.

A line with a token begins; `let in` is said when each thread was. A line with a moment, of time.monotonic(), is when
the key was revoked: each thread asks on, a few times, then one line of JSON says what became of what was begun when.
"""

import json
import queue
import sys
import threading
import time
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlsplit

AFTERWARDS = 5  # requests that each thread begins at least, once it is over
LET_IN, REFUSED = 200, {401, 403, 429}  # nginx is told of a 429 as 403


class Door(NamedTuple):
    """Where to ask, and with which key."""

    host: str
    path: str
    token: str


class Seen(NamedTuple):
    begun: float
    status: int


def main() -> None:
    where, threads = urlsplit(sys.argv[1]), int(sys.argv[2])
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(trial(Door(where.netloc, where.path, line.strip()), threads)), flush=True)


def trial(door: Door, threads: int) -> dict[str, int]:
    """Ask until the second line comes and a little longer; return how many were let in, before and after it."""
    seen: list[list[Seen]] = [[] for _ in range(threads)]
    first: queue.Queue[bool] = queue.Queue()
    over = threading.Event()
    asking = [threading.Thread(target=_ask, args=(door, mine, first, over)) for mine in seen]
    for thread in asking:
        thread.start()
    is_well = False not in {first.get(timeout=20) for _ in asking}
    print("let in" if is_well else "refused", flush=True)
    moment = float(sys.stdin.readline())
    over.set()
    for thread in asking:
        thread.join()
    return tally([each for mine in seen for each in mine], moment)


def tally(seen: list[Seen], moment: float) -> dict[str, int]:
    """Return how many of the requests that were begun before and after a moment were let in, refused, or neither."""
    after = [each.status for each in seen if each.begun > moment]
    return {
        "let_in_before": sum(each.status == LET_IN and each.begun <= moment for each in seen),
        "let_in_after": after.count(LET_IN),
        "refused_after": sum(status in REFUSED for status in after),
        "faults": sum(each.status != LET_IN and each.status not in REFUSED for each in seen),
    }


def _ask(door: Door, seen: list[Seen], first: "queue.Queue[bool]", over: threading.Event) -> None:
    connection, headers, left = (
        HTTPConnection(door.host, timeout=10),
        {"Authorization": f"Bearer {door.token}"},
        AFTERWARDS,
    )
    while left:
        left -= over.is_set()
        begun = time.monotonic()
        try:
            connection.request("GET", door.path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            seen.append(Seen(begun, answer.status))
        except OSError:
            seen.append(Seen(begun, 0))
            connection.close()
        if len(seen) == 1:
            first.put(seen[0].status == LET_IN)
    connection.close()


if __name__ == "__main__":
    main()
