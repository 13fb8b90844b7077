"""Invented people become rows: accounts, and sign-ins of those who were here lately."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.emails import fold_email
from portal.accounts.models import Person, SignIn
from portal.audit.events import Event
from portal.devdata.dice import Dice
from portal.devdata.people import DAY_MS, Invented, invent
from portal.devdata.pour import pour, reserve
from portal.devdata.scene import Scene
from portal.devdata.words import BROWSERS

_PERSON = ("id", "email", "email_folded", "password_hash", "is_admin", "created_at", "disabled_at", "last_seen_at")
_KEPT_DAYS = 30
_SIGN_IN = (
    "id", "person_id", "sid_hash", "created_at", "last_seen_at", "ends_at", "ended_at", "address", "user_agent",
)  # fmt: skip


def join(session: Session, scene: Scene, moments: Sequence[int]) -> None:
    """Invent a person for each moment, in milliseconds since 1970."""
    ids = reserve(session, Person, len(moments))
    people = [
        invent(scene.dice, scene.people + number, person_id, moment, scene.now)
        for number, (person_id, moment) in enumerate(zip(ids, moments, strict=True))
    ]
    _make_free(session, people)
    scene.people += len(people)
    pour(session, Person, _PERSON, (_person_row(person, scene.wish.password_hash) for person in people))
    for person in people:
        scene.crowd.join(person)
        _tell_of(scene, person)
    _let_in(session, scene, people)


def sign_in_row(
    dice: Dice, sign_in_id: int, person: Invented, *, began: int, ends: int, ended: int | None = None
) -> tuple[Any, ...]:
    """Return a row, for `add_sign_ins`, of a sign-in that nobody holds the session id of."""
    seen, address = ended or began, person.address(dice)
    return sign_in_id, person.id, dice.randbytes(32), began, seen, ends, ended, address, dice.choice(BROWSERS)


def add_sign_ins(session: Session, rows: list[tuple[Any, ...]]) -> None:
    """Add the rows that `sign_in_row` made."""
    pour(session, SignIn, _SIGN_IN, rows)


def _make_free(session: Session, people: list[Invented]) -> None:
    """Give another e-mail to those whose own somebody has, in a database that was not empty."""
    folded = {fold_email(person.email): person for person in people}
    for taken in session.scalars(select(Person.email_folded).where(Person.email_folded.in_(folded))):
        person = folded[taken]
        person.email = f"{person.id}.{person.email}"


def _person_row(person: Invented, password_hash: bytes) -> tuple[Any, ...]:
    email, moments = person.email, (person.created, person.disabled, person.seen)
    return person.id, email, fold_email(email), password_hash, person.is_admin, *moments


def _tell_of(scene: Scene, person: Invented) -> None:
    """Note who made and who disabled the account, and by which accounts one can look around."""
    admin = scene.crowd.admins[0] if scene.crowd.admins else person
    address = admin.address(scene.dice)
    scene.acts.add(person.created, Event.PERSON_CREATED, admin, address, person.email, is_admin=person.is_admin)
    if person.disabled is not None:
        scene.acts.add(person.disabled, Event.PERSON_DISABLED, admin, address, person.email)
    elif person.is_admin:
        scene.admin = scene.admin or person.email
    elif not person.is_robot:
        scene.someone = person.email


def _let_in(session: Session, scene: Scene, people: list[Invented]) -> None:
    """Write down the sign-ins of those who were seen within the last month; older ones would be forgotten by now."""
    since = scene.now - _KEPT_DAYS * DAY_MS
    seen = [(person, person.seen) for person in people if person.seen is not None and person.seen > since]
    rows = []
    for sign_in_id, (person, began) in zip(reserve(session, SignIn, len(seen)), seen, strict=True):
        ended = began if person.disabled is not None else None
        rows.append(sign_in_row(scene.dice, sign_in_id, person, began=began, ends=began + DAY_MS, ended=ended))
        scene.acts.add(began, Event.SIGNED_IN, person, rows[-1][-2], person.email)
    add_sign_ins(session, rows)
