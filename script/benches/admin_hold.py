"""How long verification is held up while 10,000 keys are revoked in one act."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.audit.events import Actor
from portal.config import ROOT
from portal.keys import long_acts, many
from portal.keys.models import Key
from portal.keys.sieve import Sieve
from portal.keys.token import Token
from portal.policy.policy import Policy
from portal.site import change

QUIET_SECONDS, REPEATS = 3.0, 3
PAUSE_SECONDS = 0.02  # as the portal's own
LIMIT_MS = 200

Acting = Callable[[], Any]  # gives a session that commits at the end


def pick(session: Session, tokens: list[str]) -> dict[str, str]:
    """Return a token without and one with a quota, of keys that let everything pass."""
    found: dict[str, str] = {}
    for token in tokens:
        public_id = Token.parse(token).public_id  # type: ignore[union-attr]
        policy = Policy.from_text(session.scalars(select(Key.policy).where(Key.public_id == public_id)).one())
        found.setdefault("plain" if policy.quota is None else "with a quota", token)
    return found


def measure(
    reading: Acting, acting: Acting, carry_out: Callable[[int], int], tokens: dict[str, str], *where: str
) -> None:
    """Print how long the longest answer took, quietly and while many keys of one owner are revoked."""
    print("| revoked at once | took ms | answers | median ms | longest quiet ms | longest held up ms |")
    print("|---|---|---|---|---|---|")
    for _ in range(REPEATS):
        with _asking(tokens, where) as asked:
            time.sleep(QUIET_SECONDS)
            begun = time.monotonic()
            keys = _revoke(reading, acting, carry_out)
            ended = time.monotonic()
            time.sleep(0.5)
        for name, told in asked.items():
            _print(f"{keys:,} keys; asked with a key {name}", told, begun, ended)
    print()


def in_slices(acting: Acting) -> Callable[[int], int]:
    """Return what `portal.web.long_acts.carry_out` does, for a database that no server runs on yet."""

    def carry_out(number: int) -> int:
        while True:
            with acting() as session:
                progress = long_acts.go_on(session, number)
            if progress is None or progress.is_over:
                return progress.changed if progress else 0
            time.sleep(PAUSE_SECONDS)

    return carry_out


def _revoke(reading: Acting, acting: Acting, carry_out: Callable[[int], int]) -> int:
    """Revoke as many keys as one act takes, of those who have most, as the door does; return how many that were."""
    with reading() as session:
        robots = session.scalars(select(Person).where(Person.email_folded.like("%-%@example.net")).limit(5)).all()
        admin = session.scalars(select(Person).where(Person.is_admin)).first()
        site = change.current(session)
        theirs = (many.matching(session, Sieve(owner=robot.email), site, act=many.REVOKE) for robot in robots)
        ids = many.by_owner(session, list(chain.from_iterable(theirs))[: many.MOST_AT_ONCE])
    with acting() as session:
        number = long_acts.begin(session, Actor(admin.email, admin.id, "192.0.2.1"), "revoke", ids, "Measured.")
    return carry_out(number)


@contextmanager
def _asking(tokens: dict[str, str], where: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Let a process ask for each token, and tell afterwards what it saw."""
    asked: dict[str, Any] = {}
    command = [sys.executable, "-P", "script/benches/admin_asker.py", *where]
    processes = {
        name: subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        for name in tokens
    }
    for name, process in processes.items():
        process.stdin.write(f"{tokens[name]}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
    try:
        yield asked
    finally:
        for name, process in processes.items():
            asked[name] = json.loads(process.communicate()[0])


def _print(name: str, told: dict[str, Any], begun: float, ended: float) -> None:
    took = [(start, (end - start) * 1000) for start, end in told["answers"]]
    quiet = [lasted for start, lasted in took if start + lasted / 1000 < begun]
    during = [lasted for start, lasted in took if start + lasted / 1000 >= begun and start <= ended]
    longest = max(during, default=0.0)
    mark = " over" if longest > LIMIT_MS or told["failures"] else ""
    failed = f", {told['failures']} failed" if told["failures"] else ""
    print(
        f"| {name}{failed} | {(ended - begun) * 1000:.0f} "
        f"| {len(took):,} | {statistics.median(quiet):.2f} | {max(quiet):.1f} | {longest:.1f}{mark} |"
    )
