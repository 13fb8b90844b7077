"""A disk that takes no more, under a portal whose keys are made, renamed, revoked and verified meanwhile (SQLite)."""

import contextlib
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from portal.data_folder import DataFolder
from portal.database import bound_app
from portal.extensions import db
from script.benches.faults_http import OK, Browser, Reply, ask
from script.benches.faults_judge import Found, judge
from script.benches.faults_portal import Portal, seconds_until
from script.benches.faults_table import Row, told_of
from script.benches.faults_watch import BUSY, Watch, watching
from script.benches.faults_writers import Notes, Writer

SIZE = "24m"
FULL_SECONDS = 2.0
HEALED_SECONDS = 5.0
TRY_AGAIN = "try again in a moment"
_PIECE = 65_536


class Seen(NamedTuple):
    """What was seen while the disk was full, and after."""

    refused: int
    program: Reply
    person: Reply
    living: Watch
    revoked: Watch
    healed: float


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """Give a folder on a disk of its own, which is small; only root may make one."""
    place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", place], check=True)  # noqa: S603, S607
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)  # noqa: S603, S607


@contextmanager
def filled(portal: Portal) -> Iterator[None]:
    """Fill the disk that the data folder lies on."""
    ballast = portal.folder.parent / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            for piece in (_PIECE, 1):
                with suppress(OSError):
                    while file.write(b"\0" * piece):
                        pass
        yield
    finally:
        ballast.unlink()


@contextmanager
def limited(portal: Portal) -> Iterator[None]:
    """Let no process of the portal make a file longer, not even its log."""
    before = {process: resource.prlimit(process, resource.RLIMIT_FSIZE) for process in portal.house.processes()}
    for process, (_soft, hard) in before.items():
        resource.prlimit(process, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        for process, limits in before.items():
            with suppress(ProcessLookupError):
                resource.prlimit(process, resource.RLIMIT_FSIZE, limits)


class Subject:
    """A portal whose disk becomes full."""

    def __init__(self, portal: Portal, full: contextlib.AbstractContextManager[None]) -> None:
        self._portal = portal
        self._full = full
        self._desk = portal.desk
        self._living, self._revoked = portal.key("living"), portal.key("revoked")
        portal.revoke(self._revoked)
        self._browser = Browser(portal.url)
        self._browser.get("/sign-in")
        self.notes = Notes()

    def run(self) -> Seen:
        """Fill the disk while clients write, look around, and make room again."""
        lane = f"{self._portal.lane_url}/auth"
        writer = Writer(self._portal.url, self._portal.lane_url, self._desk, "full", self.notes)
        writer.start()
        seconds_until(lambda: self.notes.revokes)
        with watching(living=lambda: ask(lane, self._living), revoked=lambda: ask(lane, self._revoked)) as watches:
            with self._full:
                seconds_until(lambda: self.notes.refused)
                program = self._refusal()
                person = self._browser.post("/sign-in", email="ada@example.org", password="wrong")  # noqa: S106
                time.sleep(FULL_SECONDS)
            room, made = time.monotonic(), len(self.notes.keys)
            seconds_until(lambda: len(self.notes.keys) > made)
            healed = time.monotonic() - room
        writer.stop()
        writer.join(30)
        return Seen(self.notes.refused, program, person, watches["living"], watches["revoked"], healed)

    def _refusal(self) -> Reply:
        """Return how a program is refused; a little may still fit in between."""
        while True:
            reply = ask(f"{self._portal.url}/api/v1/keys", self._desk, "POST", {"name": f"full {time.monotonic_ns()}"})
            if reply.status != 201:  # noqa: PLR2004
                return reply

    def judge(self) -> Found:
        """Hold the database against what was acknowledged."""
        folder = DataFolder(self._portal.folder)
        with bound_app(folder, None).app_context(), db.session() as session:
            found = judge(session, self.notes.keys, folder.database)
            db.engine.dispose()
        return found


def measure(place: Path) -> list[Row]:
    """Fill a small disk where that can be made, and let no file grow."""
    rows = []
    if os.geteuid() == 0:
        with small_disk(place / "disk") as disk, closing(_portal(place, disk)) as portal:
            rows += _rows("disk full (a small tmpfs)", Subject(portal, filled(portal)))
    return rows + grown(place)


def grown(place: Path) -> list[Row]:
    """Let no file grow."""
    with closing(_portal(place, place)) as portal:
        return _rows("no file may grow (RLIMIT_FSIZE)", Subject(portal, limited(portal)))


def _portal(place: Path, disk: Path) -> Portal:
    return Portal(place, PORTAL_DATA_DIR=str(disk / "data"))


def _rows(name: str, subject: Subject) -> list[Row]:
    seen, notes = subject.run(), subject.notes
    found = subject.judge()
    acknowledged = f"{len(notes.keys):,} keys, {notes.renames:,} renames, {notes.revokes:,} revokes acknowledged"
    program, person = seen.program, seen.person
    says = f"{program.status}, {person.status}"
    is_told = {program.status, person.status} == {BUSY} and program.says_when and TRY_AGAIN in person.body
    goes_on = seen.living.statuses.keys() == {OK}
    never = not seen.revoked.statuses[OK]
    return [
        Row(f"{name}: writes refused, to a program and on a page", seen.refused, says, "503 and a sentence", is_told),
        Row("… answered neither as done nor with 503", 1, told_of(notes.wrong), "0", not notes.wrong),
        Row("… verification of a living key", 1, seen.living.told, "200 only", goes_on),
        Row("… verification of a revoked key", 1, seen.revoked.told, "no 200", never),
        Row("… writes go on after", 1, f"{seen.healed:.1f} s", "5 s", seen.healed <= HEALED_SECONDS),
        Row(f"… {acknowledged}: lost", 1, told_of(found.lost), "0", not found.lost),
        Row("… state without its audit entry, or entry without state", 1, told_of(found.unlike), "0", not found.unlike),
        Row("… damage, by the audit chain and `integrity_check`", 1, told_of(found.damage), "0", not found.damage),
    ]
