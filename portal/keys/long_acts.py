"""An act on thousands of keys: decided in one transaction, done a slice at a time, and finished whatever happens.

Whoever has to write meanwhile, as a verification that counts a quota does, waits for a slice and not for the whole. A
process that dies on the way leaves the row: the next start, or another process, does the rest. So it is all or none.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.events import Actor
from portal.keys import many
from portal.keys.many import Changed
from portal.keys.models import LongAct

IN_A_SLICE = 100


class Progress(NamedTuple):
    """How many keys were changed so far, and whether that was all."""

    changed: int
    is_over: bool


def begin(session: Session, by: Actor, act: str, ids: Sequence[int], reason: str | None = None) -> int:
    """Decide that each of these keys is to be revoked or paused (`act`); return the number of the act.

    `ids` come from `many.by_owner`, read before anything is locked: else an owner is told several times.
    """
    row = LongAct(
        act=act, at=clock.now(), actor=by.label, actor_id=by.person_id, address=by.address, reason=reason,
        ids=json.dumps(list(ids)),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def go_on(session: Session, number: int) -> Progress | None:
    """Do the next slice, and tell the owners whose keys are all done. None when the act is over already."""
    row = session.get(LongAct, number, with_for_update=True, populate_existing=True)
    if row is None:
        return None
    by, act, ids = Actor(row.actor, row.actor_id, row.address), many.ACTS[row.act], json.loads(row.ids)
    slice_, rest = ids[row.done : row.done + IN_A_SLICE], ids[row.done + IN_A_SLICE :]
    changed = many.change(session, by, act, slice_, reason=row.reason, moment=row.at)
    row.done, row.changed = row.done + len(slice_), row.changed + len(changed)
    _tell(session, by, row, changed, many.known(session, rest[:1]))
    if not rest:
        session.delete(row)
    return Progress(row.changed, is_over=not rest)


def _tell(session: Session, by: Actor, row: LongAct, changed: list[Changed], upcoming: list[Changed]) -> None:
    """Tell the owners of what was changed, but for the one whose turn goes on in the next slice."""
    goes_on = upcoming[0].owner_id if upcoming else None
    untold = json.loads(row.untold)
    waiting = [key.id for key in changed if key.owner_id == goes_on]
    earlier = many.known(session, untold[:1])
    if earlier and earlier[0].owner_id == goes_on:
        row.untold = json.dumps(untold + waiting)
        return
    told = many.known(session, untold) + [key for key in changed if key.owner_id != goes_on]
    many.tell_owners(session, by, many.ACTS[row.act], told, row.reason)
    row.untold = json.dumps(waiting)


def unfinished(session: Session, before: datetime) -> list[int]:
    """Return the numbers of the acts that were begun before `before` and are not over, but for broken ones."""
    return [row.id for row in _begun(session, before) if _is_whole(row)]


def broken(session: Session) -> list[int]:
    """Return the numbers of rows that are no act: somebody wrote them by hand."""
    return [row.id for row in _begun(session, clock.now()) if not _is_whole(row)]


def _begun(session: Session, before: datetime) -> Sequence[LongAct]:
    return session.scalars(select(LongAct).where(LongAct.at < before).order_by(LongAct.id)).all()


def _is_whole(row: LongAct) -> bool:
    try:
        lists = json.loads(row.ids), json.loads(row.untold)
    except ValueError:
        return False
    is_numbers = all(isinstance(ids, list) and all(type(number) is int for number in ids) for ids in lists)
    counts = (row.done, row.changed)
    is_counted = all(type(count) is int and 0 <= count <= len(lists[0]) for count in counts)
    return row.act in many.ACTS and is_numbers and is_counted
