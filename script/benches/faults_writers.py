"""Clients that make, rename and revoke keys while the portal is killed, and remember what it said it had done."""

import json
import threading
import time
from dataclasses import dataclass
from itertools import count

from script.benches.faults_http import NO_ANSWER, OK, Reply, ask

WRITERS = 3


@dataclass
class Known:
    """A key as its client knows it: what was acknowledged, and what was asked for and may have been done."""

    public_id: str
    token: str
    name: str
    asked_name: str
    is_revoked: bool = False
    asked_to_revoke: bool = False
    renames: int = 0


class Notes:
    """What all clients were told, over all rounds."""

    def __init__(self) -> None:
        self.keys: list[Known] = []
        self.torn = 0  # sent, and never answered
        self.refused = 0
        self.wrong: list[str] = []
        self.last_revoked: Known | None = None

    @property
    def renames(self) -> int:
        """The renames that were acknowledged."""
        return sum(key.renames for key in self.keys)

    @property
    def revokes(self) -> int:
        """The revokes that were acknowledged."""
        return sum(key.is_revoked for key in self.keys)


class Writer(threading.Thread):
    """One client. It makes a key, renames it, revokes the one before, and looks at the lane after each."""

    def __init__(self, url: str, lane_url: str, desk: str, name: str, notes: Notes) -> None:
        super().__init__(daemon=True)
        self._keys_url, self._auth_url = f"{url}/api/v1/keys", f"{lane_url}/auth"
        self._desk = desk
        self._name = name
        self._notes = notes
        self._ending = threading.Event()

    def run(self) -> None:
        """Write until told to stop, through thick and thin."""
        before: Known | None = None
        for number in count():
            if self._ending.is_set():
                return
            try:
                made = self._make(f"{self._name}-{number}")
                if made is not None:
                    self._rename(made)
                    if before is not None:
                        self._revoke(before)
                    before = made
            except NO_ANSWER as error:
                was_refused = isinstance(getattr(error, "reason", None), ConnectionRefusedError)
                self._notes.torn += not was_refused
                time.sleep(0.1)

    def stop(self) -> None:
        """End after the request that is under way."""
        self._ending.set()

    def _make(self, name: str) -> Known | None:
        reply = self._say("POST", "", {"name": name})
        if reply.status != 201:  # noqa: PLR2004
            time.sleep(0.05)
            return None
        told = json.loads(reply.body)
        key = Known(told["public_id"], told["token"], name, name)
        self._notes.keys.append(key)
        self._look(key, lets_in=True)
        return key

    def _rename(self, key: Known) -> None:
        key.asked_name = f"{key.name} again"
        if self._say("PATCH", f"/{key.public_id}", {"name": key.asked_name}).status == OK:
            key.name = key.asked_name
            key.renames += 1

    def _revoke(self, key: Known) -> None:
        key.asked_to_revoke = True
        if self._say("POST", f"/{key.public_id}/revoke", {}).status == OK:
            key.is_revoked = True
            self._notes.last_revoked = key
            self._look(key, lets_in=False)

    def _say(self, method: str, path: str, body: object) -> Reply:
        reply = ask(self._keys_url + path, self._desk, method, body)
        if reply.status not in {200, 201, 503}:
            self._notes.wrong.append(f"{method} {path} was answered {reply.status}: {reply.body[:200]}")
        self._notes.refused += reply.status not in {200, 201}
        return reply

    def _look(self, key: Known, *, lets_in: bool) -> None:
        """Verify; the lane may be dead, but where it answers, it is right."""
        try:
            status = ask(self._auth_url, key.token).status
        except NO_ANSWER:
            return
        if (status == OK) != lets_in and status != 503:  # noqa: PLR2004
            self._notes.wrong.append(
                f"{key.public_id} was answered {status} after {'a birth' if lets_in else 'a revoke'}"
            )
