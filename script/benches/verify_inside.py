"""The lane in this process, given environs that were made before: what a call costs, and in which functions.

python -P script/benches/verify_inside.py TOKENS [HEADERS], with the data folder in PORTAL_DATA_DIR. HEADERS is a JSON
list of what to send beside the key; the key of number n is sent with number n modulo their count.
"""

import cProfile
import gc
import json
import pstats
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.config import load_settings
from portal.gateway.lane import open_lane

CALLS, REPEATS, ROWS = 50_000, 5, 30


def main() -> None:
    tokens = Path(sys.argv[1]).read_text().split()[:-1]
    told = json.loads(sys.argv[2]) if sys.argv[2:] else [{}]
    lane = open_lane(load_settings())
    environs = [_environ(token, told[number % len(told)]) for number, token in enumerate(tokens)]
    for environ in environs:
        b"".join(lane(environ, _start))
    drawn = random.choices(environs, k=CALLS)  # noqa: S311
    gc.freeze()
    for what, clock in {"of the thread's processor": time.thread_time, "by the wall": time.perf_counter}.items():
        took = [_timed(lane, drawn, clock) for _ in range(REPEATS)]
        print(f"In process: {statistics.median(took):.2f} µs a call {what} ({min(took):.2f}-{max(took):.2f}).")
    profile = cProfile.Profile()
    profile.runcall(_timed, lane, drawn)
    print("cProfile adds a cost to each call of a function; trust the order more than the times.")
    pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(ROWS)


def _timed(lane: Any, environs: list[dict[str, Any]], clock: Callable[[], float] = time.perf_counter) -> float:
    begun = clock()
    for environ in environs:
        lane(environ, _start)
    return (clock() - begun) / len(environs) * 1e6


def _environ(token: str, more: dict[str, str]) -> dict[str, Any]:
    """Return what granian hands over for such a request."""
    fields = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in more.items()}
    return {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/auth", "SCRIPT_NAME": "", "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Bearer {token}", **fields,
    }  # fmt: skip


def _start(status: str, _headers: list[tuple[str, str]], _error: object = None) -> None:
    assert status == "200 OK", status


if __name__ == "__main__":
    main()
