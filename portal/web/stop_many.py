"""Stopping many keys behind a door: few in one transaction, thousands a slice at a time."""

from collections.abc import Sequence

from portal.keys import long_acts, many
from portal.web.long_acts import carry_out
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, admin_still


def stop_many(act: str, ids: Sequence[int], reason: str | None, *, owner_id: int | None = None) -> int:
    """Revoke or pause the keys as the signed-in admin, all of them or none; return how many that changed.

    With `owner_id`, those that changed hands since somebody ticked them are left to whom they went.
    """
    ids = many.by_owner(reading(), ids)
    with writing() as session:
        admin_still(session)
        if owner_id is not None:
            ids = many.still_of(session, owner_id, ids)
        if len(ids) <= long_acts.IN_A_SLICE:
            return many.stop(session, actor(), many.ACTS[act], ids, reason)
        number = long_acts.begin(session, actor(), act, ids, reason)
    return carry_out(number)
