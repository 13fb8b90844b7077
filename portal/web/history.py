"""The audit entries of a key in the words of a page."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.audit import finder
from portal.audit.events import Event
from portal.audit.finder import Entry, Search
from portal.web.banner_sentences import who
from portal.web.marks import number, place
from portal.web.rule_changes import change_lines

_WORDS: dict[str, Any] = {
    Event.KEY_DOWNLOADED: _l("Downloaded as %(file)s"),
    Event.KEY_ISSUED: _l("Generated as “%(name)s”"),
    Event.KEY_CHANGED: _l("Rules changed"),
    Event.KEY_DELETED: _l("Deleted from the list"),
    Event.KEY_HANDED_OVER: _l("Handed over from %(before)s to %(after)s"),
    Event.KEY_OVERLAP_ENDED: _l("Overlap ended; the old secret stopped"),
    Event.KEY_PAUSED: _l("Paused"),
    Event.KEY_RENAMED: _l("Renamed from “%(before)s” to “%(after)s”"),
    Event.KEY_RESERVED: _l("Set up as “%(name)s”, without a secret"),
    Event.KEY_RESUMED: _l("Resumed"),
    Event.KEY_REVOKED: _l("Revoked"),
    Event.KEY_ROTATED: _l("Rotated; the old secret stopped at once"),
}
_MOMENT = "d MMM y, HH:mm"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a key, in words; `lines` say what changed in its rules. `at` is None if unknown."""

    at: datetime | None
    what: str
    who: str
    address: str | None
    reason: str | None
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class History:
    """A page of what happened to a key, newest first; the marks of the pages beside it, None where there is none."""

    happenings: list[Happening]
    newer: int | None
    older: int | None


def key_history(session: Session, public_id: str) -> History:
    """Return what happened to a key: the newest page, or the one that the request's address asks for."""
    found = finder.page(session, Search(subject=public_id), place(number))
    return History(happenings(found.entries), found.newer, found.older)


def happenings(entries: list[Entry]) -> list[Happening]:
    """Return `entries` as a page tells them; an event that it has no words for keeps its name."""
    return [_happening(entry) for entry in entries]


def _happening(entry: Entry) -> Happening:
    body = entry.told()
    reason = body.get("reason")
    lines = change_lines(body.get("changed", {}))
    return Happening(
        entry.at, _what(entry.event, body), _capital(who(entry.actor)), entry.address, reason and str(reason), lines
    )


def _what(event: str, body: dict[str, Any]) -> str:
    try:
        return _told(event, body)
    except (KeyError, TypeError, ValueError):  # a body that somebody wrote by hand
        return event


def _told(event: str, body: dict[str, Any]) -> str:
    words = _WORDS.get(event)
    if event == Event.KEY_ROTATED and body.get("overlap_ends"):
        ends = datetime.fromisoformat(body["overlap_ends"])
        return str(_("Rotated; the old secret works until %(moment)s")) % {"moment": format_datetime(ends, _MOMENT)}
    if event == Event.KEY_HANDED_OVER:
        body = {time: body[time]["owner"] for time in ("before", "after")}
    return str(words) % body if words else event


def _capital(text: str) -> str:
    """Begin a line with a capital, but leave an address as it is written."""
    return text if "@" in text else text[:1].upper() + text[1:]
