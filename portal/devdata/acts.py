"""The acts of invented people: kept until their time has come, then told to the audit trail in the order of time."""

import heapq
import json
from typing import Any, NamedTuple

from portal import clock
from portal.audit.events import Event
from portal.audit.models import Audit
from portal.devdata.lives import Life
from portal.devdata.people import Invented


class _Act(NamedTuple):
    """What an entry says; `number` keeps acts of one moment in the order in which they came."""

    at: int
    number: int
    event: Event
    actor: str
    actor_id: int | None
    address: str | None
    subject: str
    body: dict[str, Any]


class Acts:
    """Acts to come. Each follows soon on what made it possible, so that never many are kept."""

    def __init__(self) -> None:
        self._heap: list[_Act] = []
        self._number = 0

    def add(self, at: int, event: Event, by: Invented, address: str | None, subject: str, **body: Any) -> None:
        """Take note of an act at that moment, in milliseconds since 1970."""
        self._number += 1
        heapq.heappush(self._heap, _Act(at, self._number, event, by.email, by.id, address, subject, body))

    def add_life(self, life: Life, owner: Invented, admin: Invented, *, address: str, key: str, name: str) -> None:
        """Take note of what became of a key after it was made."""
        by = admin if life.by_admin else owner
        if life.old_secret_ends is not None and life.secret_made is not None:
            ends = told(life.old_secret_ends) if life.old_secret_ends > life.secret_made else None
            self.add(life.secret_made, Event.KEY_ROTATED, owner, address, key, name=name, overlap_ends=ends)
        if life.paused is not None:
            self.add(life.paused, Event.KEY_PAUSED, by, address, key, name=name, reason=life.reason)
        if life.revoked is not None:
            self.add(life.revoked, Event.KEY_REVOKED, by, address, key, name=name, reason=life.reason)
        if life.hidden is not None:
            self.add(life.hidden, Event.KEY_DELETED, owner, address, key, name=name)

    def due(self, before: int) -> list[Audit]:
        """Return the entries of all acts before that moment, and forget them."""
        entries = []
        while self._heap and self._heap[0].at < before:
            entries.append(_entry(heapq.heappop(self._heap)))
        return entries


def told(moment: int) -> str:
    """Return a moment as entries tell it."""
    return clock.from_milliseconds(moment).isoformat(timespec="seconds")


def _entry(act: _Act) -> Audit:
    return Audit(
        at=clock.from_milliseconds(act.at), event=act.event, actor=act.actor, actor_id=act.actor_id,
        address=act.address, subject=act.subject, body=json.dumps(act.body, sort_keys=True, ensure_ascii=False),
    )  # fmt: skip
