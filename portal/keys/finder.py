"""Finding keys: one by its public id or its token, or a page of a person's list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from portal import clock
from portal.keys import states
from portal.keys.models import Key, KeyLastUsed, KeySecret
from portal.keys.names import fold_name
from portal.keys.peppers import Peppers
from portal.keys.status import Status
from portal.keys.token import Token
from portal.site.settings import SiteSettings

PAGE_SIZE = 25
_IN_A_STATEMENT = 500


class Standing(NamedTuple):
    """A key's id, and when it was stopped, if it was."""

    id: int
    revoked_at: datetime | None
    paused_at: datetime | None


class Show(StrEnum):
    """Which of a person's keys to list."""

    CURRENT = "current"
    ACTIVE = "active"
    EXPIRES_SOON = "expires-soon"
    NOT_YET = "not-yet-valid"
    PAUSED = "paused"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Sort(StrEnum):
    """The column that orders the list; a leading minus turns it round."""

    NAME = "name"
    NAME_DOWN = "-name"
    USED = "used"
    USED_DOWN = "-used"
    EXPIRES = "expires"
    EXPIRES_DOWN = "-expires"
    CREATED = "created"
    CREATED_DOWN = "-created"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person wants to see; `page` counts from 1."""

    show: Show = Show.CURRENT
    text: str = ""
    sort: Sort = Sort.CREATED_DOWN
    page: int = 1


@dataclass(frozen=True, slots=True)
class KeyPage:
    """One page of keys, the number of keys in each state, and where the page stands among those that match."""

    keys: list[Key]
    counts: dict[Show, int]
    wish: Wish
    matching: int

    @property
    def total(self) -> int:
        """How many keys match the text, in whatever state."""
        return self.counts[Show.CURRENT] + self.counts[Show.REVOKED]

    @property
    def first(self) -> int:
        """The position of the page's first key, counted from 1; 0 when the page is empty."""
        return (self.wish.page - 1) * PAGE_SIZE + 1 if self.keys else 0

    @property
    def last(self) -> int:
        """The position of the page's last key."""
        return self.first + len(self.keys) - 1 if self.keys else 0


def owned(session: Session, owner_id: int, public_id: str, *, or_deleted: bool = False) -> Key | None:
    """Return the key, if it is the owner's: another person's key is as unknown as one that was deleted or never was."""
    key = session.scalars(select(Key).where(Key.public_id == public_id, Key.owner_id == owner_id)).one_or_none()
    return key if key is not None and (or_deleted or key.hidden_at is None) else None


def lock(session: Session, key: Key) -> None:
    """Read `key` anew, and hold it until the transaction ends: of two at once, the second sees what the first did."""
    session.flush()
    # Its number stays, so whoever merely names it, as the count of a quota does, need not wait.
    session.refresh(key, with_for_update={"of": Key, "key_share": True})


def by_public_id(session: Session, public_id: str) -> Key | None:
    """Return the key of that public id, whosever it is."""
    return session.scalars(select(Key).where(Key.public_id == public_id)).one_or_none()


def standing(session: Session, public_ids: Sequence[str]) -> dict[str, Standing]:
    """Return how the keys of these public ids stand, those that there are, by public id; in slices."""
    readable = [text for text in public_ids if text.isascii() and text.isprintable()]
    columns = select(Key.public_id, Key.id, Key.revoked_at, Key.paused_at)
    found: dict[str, Standing] = {}
    for start in range(0, len(readable), _IN_A_STATEMENT):
        rows = session.execute(columns.where(Key.public_id.in_(readable[start : start + _IN_A_STATEMENT])))
        found.update({row[0]: Standing(*row[1:]) for row in rows})
    return found


def highest(session: Session) -> int:
    """Return the highest id of a key; 0 when there is none."""
    return session.scalar(select(func.max(Key.id))) or 0


def still_works(session: Session, digest: bytes) -> bool:
    """Return whether the secret of this digest is one of a key, and has not ended."""
    secret = session.get(KeySecret, digest, populate_existing=True)
    return secret is not None and (secret.ends_at is None or secret.ends_at > clock.now())


def by_token(session: Session, peppers: Peppers, text: str) -> Key | None:
    """Return the key that the token `text` opens, whatever its state."""
    if Token.parse(text) is None:
        return None
    digests = [digest for _, digest in peppers.digests(text)]
    found = select(Key).join(KeySecret, KeySecret.key_id == Key.id).where(KeySecret.digest.in_(digests))
    return session.scalars(found).one_or_none()


def page(session: Session, owner_id: int, wish: Wish, site: SiteSettings) -> KeyPage:
    """Return the page of the owner's keys that `wish` asks for, in two queries however many keys there are.

    A page past the end is answered with the last one.
    """
    moment = clock.now()
    states = _states(moment, site)
    conditions = [Key.owner_id == owner_id, Key.hidden_at.is_(None), *_text_conditions(wish.text)]
    counts = _counts(session, conditions, states)
    matching = counts[wish.show]
    last_page = max(1, -(-matching // PAGE_SIZE))
    wish = Wish(wish.show, wish.text, wish.sort, min(max(1, wish.page), last_page))
    rows = _ordered(select(Key).where(*conditions, states[wish.show]), wish.sort)
    rows = rows.offset((wish.page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return KeyPage(list(session.scalars(rows)), counts, wish, matching)


def _states(moment: datetime, site: SiteSettings) -> dict[Show, ColumnElement[bool]]:
    by_status = states.conditions(moment, site)
    current = Key.revoked_at.is_(None)
    return {show: current if show is Show.CURRENT else by_status[Status(show)] for show in Show}


def _counts(
    session: Session, conditions: list[ColumnElement[bool]], states: dict[Show, ColumnElement[bool]]
) -> dict[Show, int]:
    sums = [func.coalesce(func.sum(case((state, 1), else_=0)), 0) for state in states.values()]
    row = session.execute(select(*sums).where(*conditions)).one()
    return dict(zip(states, row, strict=True))


def _text_conditions(text: str) -> list[ColumnElement[bool]]:
    """Match part of the name, in any case, or part of the public id; wildcards in the text mean themselves."""
    if not text:
        return []
    in_name = Key.name_folded.contains(fold_name(text), autoescape=True)
    return [or_(in_name, Key.public_id.contains(text, autoescape=True))]


def _ordered(rows: Select[Key], sort: Sort) -> Select[Key]:
    columns: dict[str, ColumnElement[Any]] = {
        "name": Key.name_folded.expression, "used": KeyLastUsed.at.expression,
        "expires": Key.expires_at.expression, "created": Key.created_at.expression,
    }  # fmt: skip
    column = columns[sort.removeprefix("-")]
    if column is columns["used"]:
        rows = rows.outerjoin(Key.last_used)
    if sort.startswith("-"):
        return rows.order_by(column.desc().nulls_last(), Key.id.desc())
    return rows.order_by(column.asc().nulls_last(), Key.id.asc())
