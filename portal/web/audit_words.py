"""Audit entries in the words of the audit page: who, what, on what, and the details before and after.

Whatever lies in the database is told as far as it can be: an entry that was written by hand spoils no page.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.audit.chain import Break
from portal.audit.events import PORTAL, SHELL, Event
from portal.audit.finder import BODY_SHOWN, Entry
from portal.keys.token import PUBLIC_LENGTH
from portal.web.pasted import without_secret
from portal.web.rule_changes import change_lines, rule_lines

EVENTS: dict[str, Any] = {
    Event.ADMIN_MADE: _l("Made an administrator"),
    Event.ADMIN_UNMADE: _l("No administrator any more"),
    Event.APP_ADDED: _l("App connected"),
    Event.APP_OPENED: _l("App opened"),
    Event.APP_REFUSED: _l("App refused"),
    Event.APP_REMOVED: _l("App disconnected"),
    Event.BANNER_DISMISSED: _l("Banner dismissed"),
    Event.DEVDATA_BEGUN: _l("Filling with invented data begun"),
    Event.DEVDATA_FINISHED: _l("Filling with invented data finished"),
    Event.FORMAT_ADDED: _l("Format of config files added"),
    Event.FORMAT_REMOVED: _l("Format of config files removed"),
    Event.INVITATION_MADE: _l("Invited"),
    Event.INVITATION_WITHDRAWN: _l("Invitation withdrawn"),
    Event.KEY_CHANGED: _l("Rules of a key changed"),
    Event.KEY_DELETED: _l("Key deleted from the list"),
    Event.KEY_DOWNLOADED: _l("Config file downloaded"),
    Event.KEY_HANDED_OVER: _l("Key handed over"),
    Event.KEY_ISSUED: _l("Key generated"),
    Event.KEY_OVERLAP_ENDED: _l("Overlap of a key ended"),
    Event.KEY_PAUSED: _l("Key paused"),
    Event.KEY_RENAMED: _l("Key renamed"),
    Event.KEY_RESERVED: _l("Key set up, without a secret"),
    Event.KEY_RESUMED: _l("Key resumed"),
    Event.KEY_REVOKED: _l("Key revoked"),
    Event.KEY_ROTATED: _l("Key rotated"),
    Event.PASSWORD_CHANGED: _l("Password changed"),
    Event.PASSWORD_REFUSED: _l("Current password refused"),
    Event.PERSON_CREATED: _l("Account made"),
    Event.PERSON_DELETED: _l("Account deleted"),
    Event.PERSON_DISABLED: _l("Account disabled"),
    Event.PERSON_ENABLED: _l("Account enabled"),
    Event.SESSION_ENDED: _l("Sign-in ended"),
    Event.SIGN_IN_REFUSED: _l("Sign-in refused"),
    Event.SIGNED_IN: _l("Signed in"),
    Event.SIGNED_OUT: _l("Signed out"),
    Event.SITE_CHANGED: _l("Setting changed"),
}
COLUMNS = ("seq", "at", "event", "actor", "actor_id", "address", "subject", "body", "prev", "hash")  # of an export
ACTORS: dict[str, Any] = {
    SHELL.label: _l("The shell"), PORTAL.label: _l("The portal"), "nobody": _l("Somebody signed out"),
}  # fmt: skip
_LABELS: dict[str, Any] = {
    "owner": _l("Owner"), "kind": _l("Kind"), "file": _l("File"), "person": _l("Person"), "launch": _l("Address"),
    "why": _l("Why"), "expires": _l("Expires"), "overlap_ends": _l("The old secret works until"),
}  # fmt: skip
_REASONS: dict[str, Any] = {
    "wrong-credentials": _l("E-mail or password is wrong"), "wrong-password": _l("Wrong password"),
    "throttled": _l("Too many tries"), "overtaken": _l("Came too late"),
}  # fmt: skip
_BREAKS: dict[str, Any] = {
    "was altered": _l("Entry %(seq)s was altered."),
    "was altered at the head": _l("The head of the trail was altered."),
    "is missing": _l("Entry %(seq)s is missing."),
    "is missing at the end": _l("Entry %(seq)s is missing at the end."),
    "was added at the end": _l("Entry %(seq)s was added at the end."),
    "does not belong to the trail": _l("Entry %(seq)s does not belong to the trail."),
    "does not follow from the entry before it": _l("Entry %(seq)s does not follow from the entry before it."),
}
_TOLD_ELSEWHERE = {"name", "reason", "changed", "rules", "before", "after", "is_admin", "sign_in"}
_MOMENTS = {"expires", "overlap_ends"}
_PUBLIC_ID = re.compile(rf"[a-z][a-z0-9]{{1,15}}_[0-9A-Za-z]{{{PUBLIC_LENGTH}}}")
_LONGEST, _MOST_LINES = 400, 20


@dataclass(frozen=True, slots=True)
class Told:
    """An entry in words. `actor` is what the filter takes; `via` and `key` are public ids, where a key is meant."""

    seq: int
    at: datetime | None
    event: str
    what: str
    actor: str
    who: str
    via: str | None
    address: str | None
    subject: str
    key: str | None
    name: str | None
    lines: list[str]


def told(entry: Entry) -> Told:
    """Return the entry in words."""
    body = entry.told()
    actor, _via, via = entry.actor.partition(" via ")
    name = body.get("name")
    return Told(
        entry.seq, entry.at, entry.event, event_words(entry.event), actor, str(ACTORS.get(actor, shown(actor))),
        via if _PUBLIC_ID.fullmatch(via) else None, entry.address and shown(entry.address), shown(entry.subject),
        entry.subject if entry.event.startswith("key:") and _PUBLIC_ID.fullmatch(entry.subject) else None,
        shown(name) if isinstance(name, str) else None,
        [shown(line) for line, _number in zip(_lines(entry, body), range(_MOST_LINES), strict=False)],
    )  # fmt: skip


def event_words(event: str) -> str:
    """Return what an event is called; one that nobody knows keeps its name."""
    return str(EVENTS.get(event, shown(event)))


def break_words(broken: Break) -> str:
    """Return the sentence that names the first entry where the chain does not hold."""
    return str(_BREAKS[broken.why]) % {"seq": broken.seq}


def shown(text: str) -> str:
    """Return `text` as a page may show it: no secret, marks for what cannot be seen, and not without end."""
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    visible = "".join("\ufffd" if unicodedata.category(letter) in {"Cc", "Cf", "Cs"} else letter for letter in cut)
    return without_secret(visible)


def _lines(entry: Entry, body: dict[str, Any]) -> Iterator[str]:
    if not body and entry.body.strip() != "{}":
        yield _unreadable(entry.body)
    if "before" in body or "after" in body:
        yield from _turned(body.get("before"), body.get("after"))
    yield from change_lines(body.get("changed"))
    if body.get("reason"):
        yield str(_REASONS.get(str(body["reason"]), f"“{body['reason']}”"))
    if body.get("is_admin"):
        yield str(_("As an administrator"))
    yield from (_labelled(name, body[name]) for name in body if name not in _TOLD_ELSEWHERE and body[name] is not None)
    yield from rule_lines(body.get("rules"))


def _turned(before: Any, after: Any) -> Iterator[str]:
    """Tell what was before and after; of two objects, a line for each part that differs."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield f"{_plain(before)} → {_plain(after)}"
        return
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield f"{_LABELS.get(name, name)} {_plain(old)} → {_plain(new)}"


def _labelled(name: str, value: Any) -> str:
    if name in _MOMENTS:
        value = _moment(value)
    return f"{_LABELS.get(name, name)}: {_plain(value)}"


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "-" if value is None or value == "" else str(value)


def _moment(value: Any) -> str:
    try:
        return str(format_datetime(datetime.fromisoformat(value), "d MMM y, HH:mm"))
    except (TypeError, ValueError):
        return str(value)


def _unreadable(body: str) -> str:
    if len(body) >= BODY_SHOWN // 4:
        return str(_("The details are too long to be shown here; the export has them."))
    return str(_("The details cannot be read: %(text)s")) % {"text": body[:120]}
