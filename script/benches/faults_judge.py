"""Whether a database holds what was acknowledged, and an audit entry for each state and a state for each entry."""

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit import trail
from portal.audit.events import Event
from portal.audit.models import Audit
from portal.keys.models import Key
from script.benches.faults_writers import Known

_OF_KEYS = (Event.KEY_ISSUED, Event.KEY_RENAMED, Event.KEY_REVOKED)


class Found(NamedTuple):
    """What is wrong, in sentences; nothing where all is well."""

    lost: list[str]
    unlike: list[str]
    damage: list[str]


def judge(session: Session, known: list[Known], database: Path | None) -> Found:
    """Compare everything; `database` is the file, where it is one."""
    rows = {row.public_id: row for row in session.execute(select(Key.public_id, Key.name, Key.revoked_at))}
    broken = trail.find_break(session)
    damage = [f"the chain {broken.why} at {broken.seq}"] if broken else []
    damage += _damage(database) if database else []
    return Found(_lost(rows, known), _unlike(rows, _entries(session)), damage)


def _lost(rows: dict, known: list[Known]) -> list[str]:
    found = []
    for key in known:
        row = rows.get(key.public_id)
        if row is None:
            found.append(f"{key.public_id} was made and is not there")
        elif row.name not in {key.name, key.asked_name}:
            found.append(f"{key.public_id} was renamed {key.name} and is called {row.name}")
        elif key.is_revoked and row.revoked_at is None:
            found.append(f"{key.public_id} was revoked and is not")
        elif row.revoked_at is not None and not key.asked_to_revoke:
            found.append(f"{key.public_id} was revoked by nobody")
    return found


def _entries(session: Session) -> dict[str, list]:
    entries = defaultdict(list)
    wanted = select(Audit.subject, Audit.event, Audit.body).where(Audit.event.in_(_OF_KEYS)).order_by(Audit.seq)
    for entry in session.execute(wanted):
        entries[entry.subject].append(entry)
    return entries


def _unlike(rows: dict, entries: dict[str, list]) -> list[str]:
    found = [f"{subject} has entries and is not there" for subject in entries if subject not in rows]
    for public_id, row in rows.items():
        events = [entry.event for entry in entries[public_id]]
        names = [json.loads(entry.body) for entry in entries[public_id] if entry.event == Event.KEY_RENAMED]
        if events.count(Event.KEY_ISSUED) != 1:
            found.append(f"{public_id} was issued {events.count(Event.KEY_ISSUED)} times by the trail")
        if events.count(Event.KEY_REVOKED) != (row.revoked_at is not None):
            found.append(f"{public_id} was revoked {events.count(Event.KEY_REVOKED)} times by the trail")
        if names and names[-1]["after"] != row.name:
            found.append(f"{public_id} is called {row.name}, and by the trail {names[-1]['after']}")
        if any(one["after"] != other["before"] for one, other in pairwise(names)):
            found.append(f"{public_id} was renamed without an entry")
        if not names and row.name.endswith(" again"):
            found.append(f"{public_id} was renamed without any entry")
    return found


def _damage(database: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        said = [line for (line,) in connection.execute("PRAGMA integrity_check")]
    return [] if said == ["ok"] else said
