"""`kill -9` of the lane, of the pages and of everything, while clients make, rename and revoke keys."""

import random
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from portal.config import Settings
from portal.data_folder import DataFolder
from portal.database import bound_app
from portal.extensions import db
from script.benches.faults_http import OK, ask, first_answer
from script.benches.faults_judge import Found, judge
from script.benches.faults_portal import ALL, LANE, PAGES, Portal
from script.benches.faults_table import Row, told_of
from script.benches.faults_writers import WRITERS, Known, Notes, Writer

# In this order no server is killed twice in the life of a supervisor, which would wait ever longer to start it again.
KINDS = (LANE, PAGES, ALL)
LATEST_SECONDS = 0.6


class Rounds:
    """Rounds of killing on one database, which `settings` name."""

    def __init__(self, portal: Portal, name: str, settings: dict[str, str]) -> None:
        self._name = name
        self._settings = settings
        self.portal = portal
        self._desk = portal.desk
        self.notes = Notes()
        self.found = Found([], [], [])
        self.let_in: list[str] = []
        self.waited: list[float] = []
        self.times = 0

    def run(self, rounds: int) -> list[Row]:
        """Kill so many times, and tell what came of it."""
        folder = DataFolder(self.portal.folder)
        address = Settings(PORTAL_DATABASE_URL=self._settings.get("PORTAL_DATABASE_URL")).postgres_address
        with bound_app(folder, address).app_context():
            for number in range(rounds):
                try:
                    self._round(KINDS[number % len(KINDS)])
                except KeyboardInterrupt:
                    break
                self._judge(None if address else folder.database)
                self.times += 1
                if any(self.found):
                    break  # what is lost stays lost: the first round that loses is the one to look at
            db.engine.dispose()
        return self._rows()

    def _judge(self, database: Path | None) -> None:
        with db.session() as session:
            for told, now in zip(self.found, judge(session, self.notes.keys, database), strict=True):
                told.extend(now)

    def _round(self, what: str) -> None:
        writers = [self._writer(number) for number in range(WRITERS)]
        known_before = len(self.notes.keys)
        time.sleep(random.uniform(0.05, LATEST_SECONDS))  # noqa: S311
        self._wait_for_a_revoke(known_before)
        self.portal.kill(what)
        revoked, begun = self.notes.last_revoked, time.monotonic()
        self.portal.bring_back(what)
        self._ask_first(revoked)
        self.waited.append(time.monotonic() - begun)
        for writer in writers:
            writer.stop()
        for writer in writers:
            writer.join(60)
        for key in self.notes.keys[known_before:]:
            self._ask_again(key)

    def _wait_for_a_revoke(self, since: int) -> None:
        """Let each round have something to lose."""
        deadline = time.monotonic() + 30
        while not any(key.is_revoked for key in self.notes.keys[since:]) and time.monotonic() < deadline:
            time.sleep(0.01)

    def _writer(self, number: int) -> Writer:
        name = f"{self.times}-{number}"
        writer = Writer(self.portal.url, self.portal.lane_url, self._desk, name, self.notes)
        writer.start()
        return writer

    def _ask_first(self, revoked: Known | None) -> None:
        """See what those who come first after the kill are told of the key that was revoked last before it."""
        assert revoked is not None, "nothing was revoked before the kill"
        for url in (self.portal.lane_url, self.portal.url):
            if first_answer(f"{url}/auth", revoked.token).status == OK:
                self.let_in.append(f"{revoked.public_id} at {url}")

    def _ask_again(self, key: Known) -> None:
        status = ask(f"{self.portal.lane_url}/auth", key.token).status
        if key.is_revoked and status == OK:
            self.let_in.append(f"{key.public_id} afterwards")
        if not key.asked_to_revoke and status != OK:
            self.found.lost.append(f"{key.public_id} lives and was answered {status}")

    def _rows(self) -> list[Row]:
        notes, found = self.notes, self.found
        acknowledged = f"{len(notes.keys):,} keys, {notes.renames:,} renames, {notes.revokes:,} revokes"
        told = {
            f"`kill -9` of lane, pages and all by turns during writes, {self._name}; acknowledged {acknowledged}, "
            f"{notes.torn:,} requests cut off: acknowledged and lost": found.lost,
            "… state without its audit entry, or entry without state": found.unlike,
            f"… damage, by the audit chain{'' if self._settings else ' and `integrity_check`'}": found.damage,
            "… let in with a revoked key, by the first answer of lane and of pages, or later": self.let_in,
            "… answered neither as done nor with 503": notes.wrong,
        }
        waited = f"{median(self.waited):.1f} s, at most {max(self.waited):.1f} s"
        rows = [Row(what, self.times, told_of(wrong), "0", not wrong) for what, wrong in told.items()]
        return [*rows, Row("… until lane and pages answered again", self.times, waited, "", held=True)]


def measure(place: Path, name: str, settings: dict[str, str], rounds: int) -> list[Row]:
    """Kill the portal on one database so many times."""
    with closing(Portal(place, **settings)) as portal:
        return Rounds(portal, name, settings).run(rounds)
