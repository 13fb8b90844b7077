"""Which peppers this database was used with: a wrong pepper file would make every key unknown, silently."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.errors import Refused
from portal.keys.models import Pepper
from portal.keys.peppers import Peppers


def misfit(session: Session, peppers: Peppers) -> Refused | None:
    """Say which pepper of this database the file has not; writes nothing, and refuses as `recognize` does."""
    in_file = peppers.fingerprints()
    for row in session.scalars(select(Pepper).order_by(Pepper.number)):
        if row.number not in in_file:
            return Refused("pepper-missing", {"number": row.number})
        if in_file[row.number] != row.fingerprint:
            return Refused("pepper-differs", {"number": row.number})
    return None


def recognize(session: Session, peppers: Peppers) -> Refused | None:
    """Note the peppers that are new to this database.

    Refuses with `pepper-missing` or `pepper-differs` (detail: `number`) when the file is not the one that its keys were
    made with.
    """
    refused = misfit(session, peppers)
    if refused is not None:
        return refused
    known = set(session.scalars(select(Pepper.number)))
    new = {number: mark for number, mark in peppers.fingerprints().items() if number not in known}
    session.add_all(Pepper(number=number, fingerprint=mark) for number, mark in new.items())
    return None
