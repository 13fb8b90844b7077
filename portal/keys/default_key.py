"""The default-key: the key that a new person finds in their list, without a secret until they ask for it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.keys import finder
from portal.keys.free_name import free_name, holder_of
from portal.keys.issuing import Issued, add_secret
from portal.keys.models import Key
from portal.keys.names import fold_name
from portal.keys.peppers import Peppers
from portal.keys.rotation import made_by
from portal.keys.rules import index
from portal.keys.token import mint_for, mint_public_id
from portal.site.settings import DAY, SiteSettings, end_of_day

DEFAULT_NAME = "default-key"


@dataclass(frozen=True, slots=True)
class AlreadyGot:
    """The secret was made before, at `at`; it went out in that answer and is not kept."""

    key: Key
    at: datetime


def reserve(session: Session, by: Actor, owner: Person, *, prefix: str, site: SiteSettings) -> Key | None:
    """Put a default-key without a secret into the list of a person who is new.

    None where the site wants none, where nobody may make a key, and for someone who has one: an admin made it before
    they came.
    """
    if not (site.default_key and site.new_keys) or of(session, owner.id, site) is not None:
        return None
    key = Key(
        public_id=mint_public_id(prefix), owner=owner, name=DEFAULT_NAME, name_folded=fold_name(DEFAULT_NAME),
        created_at=clock.now(), policy=site.new_policy().to_text(),
    )  # fmt: skip
    session.add(key)
    session.flush()
    index(session, key)
    trail.record(session, Event.KEY_RESERVED, by, key.public_id, name=key.name, owner=owner.email)
    return key


def get_secret(
    session: Session, by: Actor, key: Key, *, peppers: Peppers, site: SiteSettings, form_id: str | None = None
) -> Issued | AlreadyGot | Refused:
    """Give `key` its first secret. Its life begins now, with the rules of a new key and the site's default lifetime.

    Rules that its owner has changed meanwhile stay. Refuses with revoked, with form-taken where the form has made the
    secret of another key, with new-keys-off as `issuing.issue` does, and with name-taken as `free_name` does.
    """
    finder.lock(session, key)
    if key.revoked_at is not None:
        return Refused("revoked")
    if key.secret_made_at is not None:
        earlier = made_by(session, form_id)
        return AlreadyGot(key, earlier.made_at if earlier is not None else key.secret_made_at)
    if made_by(session, form_id) is not None:
        return Refused("form-taken")
    if not site.new_keys:
        return Refused("new-keys-off")
    name = free_name(session, key.owner_id, key.name, site, but=key)
    if isinstance(name, Refused):
        return name
    moment = clock.now()
    key.created_at, key.version = moment, key.version + 1
    if key.expires_at is None or not moment < key.expires_at <= site.longest(moment):
        key.expires_at = end_of_day(moment + site.default_days * DAY)
    token = mint_for(key.public_id)
    add_secret(session, key, token, peppers, moment, form_id=form_id)
    told = {"name": key.name, "owner": key.owner.email, "kind": key.kind, "expires": key.expires_at.isoformat()}
    trail.record(session, Event.KEY_ISSUED, by, key.public_id, **told)
    return Issued(key, token)


def of(session: Session, owner_id: int, site: SiteSettings) -> Key | None:
    """Return the owner's living key of that name, which the snippets and the menu name; with or without a secret."""
    return holder_of(session, owner_id, DEFAULT_NAME, site)
