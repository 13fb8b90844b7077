"""Which peppers this database was used with: a wrong pepper file would make every key unknown, silently."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.errors import Refused
from portal.keys.models import Pepper
from portal.keys.peppers import Peppers


def recognize(session: Session, peppers: Peppers) -> Refused | None:
    """Note the peppers that are new to this database.

    Refuses with `pepper-missing` or `pepper-differs` (detail: `number`) when the file is not the one that its keys were
    made with.
    """
    in_file = peppers.fingerprints()
    known = {row.number: row.fingerprint for row in session.scalars(select(Pepper).order_by(Pepper.number))}
    for number, fingerprint in known.items():
        if number not in in_file:
            return Refused("pepper-missing", {"number": number})
        if in_file[number] != fingerprint:
            return Refused("pepper-differs", {"number": number})
    session.add_all(Pepper(number=number, fingerprint=in_file[number]) for number in in_file.keys() - known.keys())
    return None
