"""Verifies one key again and again until its standard input ends, then prints how long the answers took.

A process of its own, as the lane is: `admin_asker.py sqlite FOLDER` or `admin_asker.py postgres FOLDER ADDRESS`, and
the token as the first line of the standard input.
"""

import json
import sys
import threading
import time
from pathlib import Path

from portal.data_folder import DataFolder
from portal.errors import Unavailable
from portal.keys.peppers import Peppers
from portal.policy.facts import Facts
from portal.postgres_pool import Pool
from portal.usage.recorder import UsageRecorder
from portal.usage.sink_sqlite import SqliteSink
from portal.verification.limiter import Limiter
from portal.verification.quota_postgres import PostgresQuotas
from portal.verification.quota_sqlite import SqliteQuotas
from portal.verification.rates_memory import RatesInMemory
from portal.verification.store_postgres import PostgresStore
from portal.verification.store_sqlite import SqliteStore
from portal.verification.verdict import Allowed
from portal.verification.verifier import Verifier

PAUSE_SECONDS = 0.001  # the machine has other work


class NoRecorder:
    """There is none for PostgreSQL yet."""

    def record(self, *_: object) -> None:
        pass


def main() -> None:
    kind, folder, *address = sys.argv[1:]
    token, ended = sys.stdin.readline().strip(), threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    verifier = _verifier(kind, DataFolder(Path(folder)), *address)
    answers: list[tuple[float, float]] = []
    failures = 0
    print("ready", flush=True)
    while not ended.is_set():
        begun = time.monotonic()
        try:
            verdict = verifier.verify(token, Facts(address="10.0.0.7"))
            assert isinstance(verdict, Allowed), verdict
        except Unavailable:
            failures += 1
        answers.append((begun, time.monotonic()))
        time.sleep(PAUSE_SECONDS)
    print(json.dumps({"answers": answers, "failures": failures}), flush=True)


def _verifier(kind: str, folder: DataFolder, address: str = "") -> Verifier:
    peppers = Peppers(folder.read_peppers())
    if kind == "sqlite":
        limiter = Limiter(RatesInMemory(), SqliteQuotas(folder.database))
        return Verifier(SqliteStore(folder.database), peppers, UsageRecorder(SqliteSink(folder.database)), limiter)
    pool = Pool(address)
    limiter = Limiter(RatesInMemory(), PostgresQuotas(pool.borrow))
    return Verifier(PostgresStore(pool), peppers, NoRecorder(), limiter)


if __name__ == "__main__":
    main()
