"""The audit entries of a key in the words of a page."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.audit.events import Event
from portal.audit.models import Audit
from portal.profile.banner_sentences import who

_WORDS: dict[str, Any] = {
    Event.KEY_DOWNLOADED: _l("Downloaded as %(file)s"),
    Event.KEY_ISSUED: _l("Generated as “%(name)s”"),
    Event.KEY_PAUSED: _l("Paused"),
    Event.KEY_RENAMED: _l("Renamed from “%(before)s” to “%(after)s”"),
    Event.KEY_RESUMED: _l("Resumed"),
    Event.KEY_REVOKED: _l("Revoked"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a key, in words."""

    at: datetime
    what: str
    who: str
    address: str | None
    reason: str | None


def happenings(entries: list[Audit]) -> list[Happening]:
    """Return `entries` as a page tells them; an event that it has no words for keeps its name."""
    return [_happening(entry) for entry in entries]


def _happening(entry: Audit) -> Happening:
    body = json.loads(entry.body)
    words = _WORDS.get(entry.event)
    what = str(words) % body if words else entry.event
    return Happening(entry.at, what, _capital(who(entry.actor)), entry.address, body.get("reason"))


def _capital(text: str) -> str:
    """Begin a line with a capital, but leave an address as it is written."""
    return text if "@" in text else text[:1].upper() + text[1:]
