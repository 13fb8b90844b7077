"""The formats that an admin has added, beside those that the portal has."""

from string import Template

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.downloads.formats import FORMATS, QUOTES, Format, note_hash
from portal.downloads.models import AddedFormat
from portal.downloads.wanted import WantedFormat, fault_of
from portal.errors import Refused


def add(session: Session, by: Actor, wanted: WantedFormat) -> Refused | None:
    """Offer a format from now on. Refuses with format-exists, and as `wanted.fault_of` says (detail: `text`)."""
    fault = fault_of(wanted)
    if fault is not None:
        return Refused(fault[0], {"text": fault[1]})
    if _row(session, wanted.slug) is not None:
        return Refused("format-exists", {"text": wanted.slug})
    session.add(
        AddedFormat(
            slug=wanted.slug, file_name=wanted.file_name, about=wanted.about, quoting=wanted.quoting, text=wanted.text,
            made_at=clock.now(),
        )
    )  # fmt: skip
    session.flush()
    trail.record(session, Event.FORMAT_ADDED, by, wanted.slug, file=wanted.file_name)
    return None


def remove(session: Session, by: Actor, slug: str) -> bool:
    """Offer a format no more; False when none of that slug was added."""
    row = _row(session, slug)
    if row is None:
        return False
    row.removed_at = clock.now()
    trail.record(session, Event.FORMAT_REMOVED, by, slug, file=row.file_name)
    return True


def all_formats(session: Session) -> dict[str, Format]:
    """Return every format by its slug: the portal's own, then those that were added."""
    rows = session.scalars(select(AddedFormat).where(AddedFormat.removed_at.is_(None)).order_by(AddedFormat.id))
    return FORMATS | {row.slug: _format(row) for row in rows}


def _row(session: Session, slug: str) -> AddedFormat | None:
    living = select(AddedFormat).where(AddedFormat.slug == slug, AddedFormat.removed_at.is_(None))
    return session.scalars(living).one_or_none()


def _format(row: AddedFormat) -> Format:
    text = Template(row.text)
    note = note_hash if "note" in text.get_identifiers() else None
    quote = QUOTES[row.quoting]
    return Format(row.slug, row.file_name, "text/plain", quote, note, text, about=row.about)
