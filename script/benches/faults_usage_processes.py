"""A lane and a storer of usage without their supervisor, which would start what is killed again ever later."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import text

from portal.accounts import membership
from portal.config import ROOT, Settings
from portal.data_folder import DataFolder
from portal.database import bound_app
from portal.extensions import db
from portal.keys.peppers import Peppers
from portal.server.supervisor import LANES
from portal.usage.spool import Spool
from portal.web.unit_of_work import writing
from script.benches.faults_http import NO_ANSWER, OK, ask
from script.benches.faults_portal import free_ports, seconds_until
from script.benches.verify_processes import tree
from script.benches.verify_servers import clean
from script.benches.verify_stores import prepare
from tests.cast import ADA
from tests.support.issue_key import issue_key

EVERY_SECONDS = 0.02
_STORED = {
    "access": "SELECT coalesce(sum(calls), 0) FROM access WHERE reason IS NULL",
    "hours": "SELECT coalesce(sum(calls), 0) FROM usage_hour WHERE key_id = 0",
}


class Caller(threading.Thread):
    """Calls with one key, steadily, and counts how often it was let in."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._token = token
        self._ending = threading.Event()
        self.let_in = 0

    def run(self) -> None:
        """Call until told to stop."""
        while not self._ending.wait(EVERY_SECONDS):
            with suppress(*NO_ANSWER):
                self.let_in += ask(self._url, self._token).status == OK

    def stop(self) -> None:
        """Call no more."""
        self._ending.set()
        self.join(30)


class Processes:
    """Both on the data folder at `path`, which is made; each is started and ended by itself."""

    def __init__(self, path: Path, settings: dict[str, str]) -> None:
        (self._port,) = free_ports()
        prepare(path, {"PORT": str(self._port), **settings})
        self._address = Settings(PORTAL_DATABASE_URL=settings.get("PORTAL_DATABASE_URL")).postgres_address
        self._folder = DataFolder(path)
        self._environment = clean() | {"PYTHONPATH": str(ROOT), "PORTAL_DATA_DIR": str(path)} | settings
        self._url = f"http://127.0.0.1:{self._port}"
        self.spool = Spool(self._folder.usage)

    @contextmanager
    def opened(self) -> Iterator[Caller]:
        """Start a lane and a caller; at the end both are over, and the database can be read until then."""
        with bound_app(self._folder, self._address).app_context():
            self.start_lane()
            caller = Caller(f"{self._url}/auth", self._token())
            caller.start()
            try:
                yield caller
            finally:
                caller.stop()
                self.lane.terminate()
                self.lane.wait(30)
                db.engine.dispose()

    def start_lane(self) -> None:
        """Start the lane, and wait until it answers."""
        interface = "wsgi" if self._address is None else "rsgi"
        application, threads = LANES[interface]
        self.lane = self._start("serve", application, "127.0.0.1", str(self._port), "1", str(threads), interface)
        seconds_until(self._answers)

    def start_storer(self) -> subprocess.Popen[bytes]:
        """Start a storer, and wait until it tends the spool."""
        storer = self._start("store_usage")
        seconds_until(self.spool.is_tended)
        return storer

    def kill_lane(self) -> None:
        """Kill the lane, the process that watches and the one that answers."""
        for process in tree(self.lane.pid):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.lane.wait()

    def stored(self) -> tuple[int, int]:
        """Return the calls of the access record, and those of the hours."""
        with db.engine.connect() as connection:
            access, hours = (int(connection.scalar(text(sums)) or 0) for sums in _STORED.values())
        return access, hours

    def settled(self) -> int:
        """Wait until nothing more is stored; return the calls that are."""
        seconds_until(lambda: not self.spool.waiting())
        time.sleep(1.2)
        seconds_until(lambda: not self.spool.waiting())
        return self.stored()[0]

    def _start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", f"portal.server.{module}", *arguments, str(os.getpid())]
        return subprocess.Popen(command, env=self._environment, start_new_session=True)  # noqa: S603

    def _answers(self) -> bool:
        try:
            return ask(f"{self._url}/healthz").status == OK
        except NO_ANSWER:
            return False

    def _token(self) -> str:
        with writing() as session:
            owner = membership.by_email(session, ADA)
            assert owner is not None
            return str(issue_key(session, owner, "calls", Peppers(self._folder.read_peppers())).token)
