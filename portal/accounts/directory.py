"""Everyone with an account, by e-mail, a page at a time: as quick at the last page as at the first.

A page is found from the e-mail at its edge and not by counting rows, so each of these is one range of one index. The
order is that of `email_folded`, byte by byte, in every database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, not_, select
from sqlalchemy.orm import Session

from portal.accounts.emails import EMAIL_LIMIT, fold_email
from portal.accounts.models import DELETED, Person

PAGE_SIZE = 50
COUNTED = 10_000
_LAST_CHARACTER = "\U0010ffff"


class Show(StrEnum):
    """Which people to list."""

    ALL = "all"
    ADMINS = "admins"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Wish:
    """What to list: whose e-mail begins with `text`, and the page after or before an e-mail, or the last one."""

    show: Show = Show.ALL
    text: str = ""
    after: str | None = None
    before: str | None = None
    last: bool = False


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of people, and whether there are others before and after them."""

    people: Sequence[Person]
    wish: Wish
    has_previous: bool
    has_next: bool


def page(session: Session, wish: Wish, size: int = PAGE_SIZE) -> PeoplePage:
    """Return the page that `wish` asks for; one past either end is answered with the first or the last."""
    backwards = wish.last or wish.before is not None
    people = list(session.scalars(_from_edge(wish).limit(size + 1)))
    more, people = len(people) > size, people[:size]
    if not people and (wish.after is not None or wish.before is not None):
        return page(session, Wish(wish.show, wish.text, last=wish.after is not None), size)
    if backwards:
        after = wish.before is not None and _is_there(session, wish, Person.email_folded >= _bound(wish.before))
        return PeoplePage(people[::-1], wish, has_previous=more, has_next=after)
    before = wish.after is not None and _is_there(session, wish, Person.email_folded <= _bound(wish.after))
    return PeoplePage(people, wish, has_previous=before, has_next=more)


def one(session: Session, person_id: int) -> Person | None:
    """Return the person of that number; None for an account that was deleted or never was."""
    person = session.get(Person, person_id)
    return None if person is None or person.email_folded.startswith(DELETED) else person


def counts(session: Session, text: str = "") -> dict[Show, int]:
    """Return how many people each `Show` lists whose e-mail begins with `text`: exact up to 10,000, else one more."""
    return {show: _count(session, Wish(show, text)) for show in Show}


def _from_edge(wish: Wish) -> Select[Person]:
    rows = select(Person).where(*_conditions(wish))
    if wish.last or wish.before is not None:
        if wish.before is not None:
            rows = rows.where(Person.email_folded < _bound(wish.before))
        return rows.order_by(Person.email_folded.desc())
    if wish.after is not None:
        rows = rows.where(Person.email_folded > _bound(wish.after))
    return rows.order_by(Person.email_folded)


def _conditions(wish: Wish) -> list[ColumnElement[bool]]:
    """Return what holds of everyone who is listed. An account that was deleted has no e-mail any more."""
    wanted: list[ColumnElement[bool]] = [not_(and_(*_begins_with(DELETED)))]
    if wish.show is Show.ADMINS:
        wanted.append(Person.is_admin.expression == True)  # noqa: E712  # as a value, which an index can look up
    if wish.show is Show.DISABLED:
        wanted.append(Person.disabled_at.is_not(None))
    beginning = _bound(wish.text)
    return [*wanted, *(_begins_with(beginning) if beginning else ())]


def _begins_with(text: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Person.email_folded >= text, Person.email_folded < text + _LAST_CHARACTER


def _bound(text: str) -> str:
    """Return any text in the form of the column; no e-mail is longer than the limit."""
    return fold_email(text[:EMAIL_LIMIT])


def _is_there(session: Session, wish: Wish, beyond: ColumnElement[bool]) -> bool:
    return session.scalar(select(Person.id).where(*_conditions(wish), beyond).limit(1)) is not None


def _count(session: Session, wish: Wish) -> int:
    some = select(Person.id).where(*_conditions(wish)).limit(COUNTED + 1)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0
