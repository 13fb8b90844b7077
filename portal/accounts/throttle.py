"""How often a password may be tried, and an account made.

A try is counted before it is made and taken back when it succeeds, so a hundred guesses at once get no further than a
hundred in a row. Figures: ten failures in five minutes for one account from one address; wider limits hold for an
account from everywhere and for an address against everyone. A browser in which the person has signed in before has a
count of its own, so that a stranger's guesses lock nobody out. An IPv6 address counts with its /64.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import SignInTry
from portal.client_ip import bucket_of

WINDOW = timedelta(minutes=5)
PER_PAIR, PER_ACCOUNT, PER_ADDRESS, PER_BROWSER, PER_PERSON = 10, 30, 100, 10, 10
SIGN_UPS_PER_ADDRESS = 20


@dataclass(frozen=True, slots=True)
class Bucket:
    """Something that tries are counted against, and how many it takes."""

    name: str
    limit: int


@dataclass(frozen=True, slots=True)
class Throttled:
    """No more tries for now; `retry_after` is in whole seconds."""

    retry_after: int


def for_sign_in(account: str, address: str | None, browser: str | None) -> list[Bucket]:
    """Return what a try at `account` from `address` counts against; `browser` names a browser known to the account."""
    if browser:
        return [_bucket("browser", browser, PER_BROWSER)]
    return [
        _bucket("pair", f"{account}|{_place(address)}", PER_PAIR),
        _bucket("account", account, PER_ACCOUNT),
        _bucket("address", _place(address), PER_ADDRESS),
    ]


def for_sign_up(address: str | None) -> list[Bucket]:
    """Return what making an account from `address` counts against; such tries are not taken back."""
    return [_bucket("sign-up", _place(address), SIGN_UPS_PER_ADDRESS)]


def for_password(person_id: int) -> list[Bucket]:
    """Return what a try at the current password of someone signed in counts against: a stolen session guesses too."""
    return [_bucket("password", str(person_id), PER_PERSON)]


def reserve(session: Session, wanted: list[Bucket]) -> list[int] | Throttled:
    """Count a try against every bucket and return its rows, or say how long to wait when one is full."""
    moment = clock.now()
    for bucket in wanted:
        full = _full_until(session, bucket, moment)
        if full is not None:
            return Throttled(math.ceil((full - moment).total_seconds()))
    tries = [SignInTry(bucket=bucket.name, at=moment) for bucket in wanted]
    session.add_all(tries)
    session.flush()
    return [row.id for row in tries]


def give_back(session: Session, tries: Sequence[int]) -> None:
    """Take back tries that succeeded."""
    session.execute(delete(SignInTry).where(SignInTry.id.in_(tries)))


def _place(address: str | None) -> str:
    return bucket_of(address) if address else "unknown"


def _bucket(kind: str, text: str, limit: int) -> Bucket:
    """Name a bucket by a hash: people type passwords and keys where an e-mail belongs, and those are not kept."""
    return Bucket(f"{kind}:{hashlib.sha256(text.encode()).hexdigest()}", limit)


def _full_until(session: Session, bucket: Bucket, moment: datetime) -> datetime | None:
    # A clock that was set back leaves tries in the future, and those must lock nobody out until it gets there.
    within = SignInTry.at > moment - WINDOW, SignInTry.at <= moment
    recent = select(SignInTry.at).where(SignInTry.bucket == bucket.name, *within)
    count = session.scalar(select(func.count()).select_from(recent.subquery())) or 0
    if count < bucket.limit:
        return None
    oldest_that_counts = session.scalars(recent.order_by(SignInTry.at.desc()).offset(bucket.limit - 1).limit(1)).one()
    return oldest_that_counts + WINDOW
