"""The management key that calls, as a row, and what it may do with another key."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import abort, g, request
from sqlalchemy.orm import Session

from portal import clock
from portal.api.problem import Problem
from portal.audit.events import Actor
from portal.keys import finder, strength
from portal.keys.models import Key
from portal.keys.status import Status, status_of
from portal.site import change
from portal.site.settings import SiteSettings
from portal.web.unit_of_work import reading, writing
from portal.web.who import address

_LIVING = {Status.ACTIVE, Status.EXPIRES_SOON}


@dataclass(frozen=True, slots=True)
class Caller:
    """The calling key in the transaction of its request."""

    session: Session
    key: Key
    site: SiteSettings

    @property
    def actor(self) -> Actor:
        """Who acts, for the audit trail: the owner, by way of this key."""
        return Actor(f"{self.key.owner.email} via {self.key.public_id}", self.key.owner_id, address())

    def owned(self, public_id: str) -> Key:
        """Return a key of the same owner; any other is as unknown as one that never was."""
        return finder.owned(self.session, self.key.owner_id, public_id) or abort(404)

    def owned_for_change(self, public_id: str) -> Key:
        """Return such a key, held until the end of the transaction and in the version that `If-Match` names."""
        key = self.owned(public_id)
        finder.lock(self.session, key)
        _match(key)
        return key

    def must_not_exceed(self, beyond: Iterable[str], whose: str) -> None:
        """Refuse when `beyond` names anything: a management key makes and changes nothing stronger than itself."""
        fields = [name if name == "expires" else f"rules.{name}" for name in beyond]
        if fields:
            detail = f"{whose} goes beyond the key that you call with, in {', '.join(fields)}."
            raise Problem("stronger-than-caller", detail, [(field, "Beyond your own key.") for field in fields])

    def must_cover(self, key: Key) -> None:
        """Refuse to touch a key that is stronger than the caller or lives longer."""
        self.must_not_exceed(strength.key_beyond(self.key, key, self.site), "This key")


@contextmanager
def acting() -> Iterator[Caller]:
    """Give the caller in a write transaction. A key that was stopped since the request was let in acts no more."""
    with writing() as session:
        caller = _caller(session)
        is_living = status_of(caller.key, clock.now(), caller.site) in _LIVING
        if not is_living or caller.key.owner.disabled_at is not None:
            raise stopped()
        yield caller


def looking() -> Caller:
    """Return the caller for reading."""
    return _caller(reading())


def _caller(session: Session) -> Caller:
    key = finder.by_public_id(session, g.key.id)
    if key is None or not finder.still_works(session, g.secret_digest):
        raise stopped()
    return Caller(session, key, change.current(session))


def stopped() -> Problem:
    """Return the problem of a caller that is no more."""
    return Problem("caller-stopped", "The key that you call with was stopped a moment ago.")


def _match(key: Key) -> None:
    wished = request.headers.get("If-Match")
    if wished is not None and wished.strip() not in {"*", f'"{key.version}"'}:
        raise Problem("changed", f"The key is at version {key.version}. Read it again, then repeat the change.")
