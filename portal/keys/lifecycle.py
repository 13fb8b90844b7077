"""The life of a key after it was made: rename, pause, resume, revoke, delete."""

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import banners
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.keys import finder, journal
from portal.keys.free_name import free_name
from portal.keys.models import Key
from portal.keys.names import fold_name
from portal.site.settings import SiteSettings


def rename(
    session: Session, by: Actor, key: Key, name: str, *, site: SiteSettings, version: int | None = None
) -> Refused | None:
    """Give `key` another name; the token and everything else stay.

    Refuses as `free_name` does, with `revoked`, and with `changed` when `version` is not the one that the form showed.
    """
    finder.lock(session, key)
    if key.revoked_at is not None:
        return Refused("revoked")
    if version is not None and version != key.version:
        return Refused("changed")
    new_name = free_name(session, key.owner_id, name, site, but=key)
    if isinstance(new_name, Refused):
        return new_name
    if new_name != key.name:
        trail.record(session, Event.KEY_RENAMED, by, key.public_id, before=key.name, after=new_name)
        key.name, key.name_folded, key.version = new_name, fold_name(new_name), key.version + 1
    return None


def pause(session: Session, by: Actor, key: Key, reason: str | None = None) -> Refused | None:
    """Refuse every request with `key` until it is resumed. Pausing a paused key changes nothing; refuses `revoked`.

    Its owner can resume it, whoever paused it; when it was somebody else, a banner tells them, with the reason.
    """
    finder.lock(session, key)
    if key.revoked_at is not None:
        return Refused("revoked")
    if key.paused_at is None:
        key.paused_at, key.version = clock.now(), key.version + 1
        key.paused_by, key.paused_reason = by.label, reason
        trail.record(session, Event.KEY_PAUSED, by, key.public_id, name=key.name, reason=reason)
        _tell(session, by, key, "key-paused", reason)
    return None


def resume(session: Session, by: Actor, key: Key) -> Refused | None:
    """Let `key` work again as before. Resuming a key that is not paused changes nothing; refuses `revoked`."""
    finder.lock(session, key)
    if key.revoked_at is not None:
        return Refused("revoked")
    if key.paused_at is not None:
        key.paused_at, key.version = None, key.version + 1
        key.paused_by, key.paused_reason = None, None
        trail.record(session, Event.KEY_RESUMED, by, key.public_id, name=key.name)
    return None


def revoke(session: Session, by: Actor, key: Key, reason: str | None = None) -> bool:
    """Stop `key` for good; its next use is refused. Return False when it was revoked before, which stays as it was."""
    if not stop(session, by, key, reason):
        return False
    _tell(session, by, key, "key-revoked", reason)
    return True


def stop(session: Session, by: Actor, key: Key, reason: str | None = None) -> bool:
    """Revoke `key` without a banner for its owner: they know, or it came to its natural end."""
    finder.lock(session, key)
    if key.revoked_at is not None:
        return False
    key.revoked_at, key.revoked_by, key.revoked_reason = clock.now(), by.label, reason
    key.version += 1
    journal.note(session, key.public_id)
    trail.record(session, Event.KEY_REVOKED, by, key.public_id, name=key.name, reason=reason)
    return True


def delete(session: Session, by: Actor, key: Key) -> bool:
    """Revoke `key` and take it off its owner's list; the audit trail stays. Return False when it was deleted before."""
    finder.lock(session, key)
    if key.hidden_at is not None:
        return False
    stop(session, by, key)
    key.hidden_at, key.version = clock.now(), key.version + 1
    trail.record(session, Event.KEY_DELETED, by, key.public_id, name=key.name)
    return True


def _tell(session: Session, by: Actor, key: Key, kind: str, reason: str | None) -> None:
    if by.person_id != key.owner_id:
        told = {"public_id": key.public_id, "name": key.name, "by": by.label, "reason": reason}
        banners.tell(session, key.owner_id, kind, **told)


def note_download(session: Session, by: Actor, key: Key, file_name: str) -> None:
    """Record that the owner downloaded a config file with the token of `key` in it."""
    trail.record(session, Event.KEY_DOWNLOADED, by, key.public_id, file=file_name)
