"""The audit trail: who did what, when and from where; and whether it is whole."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.accounts import membership
from portal.admin import bp
from portal.audit import finder
from portal.audit.chain import Break, Checked, length
from portal.audit.finder import Entry, Search
from portal.web.audit_words import ACTORS, COLUMNS, EVENTS, break_words, told
from portal.web.chain_walk import walk_for
from portal.web.exports import form_or_404, in_short_reads, stream
from portal.web.htmx import fragment_or_page
from portal.web.marks import number, place
from portal.web.pasted import address_or_beginning, cleaned_url, days, filled, typed
from portal.web.permissions import ADMIN, may_call
from portal.web.unit_of_work import reading

PAGE, AUDIT, CHAIN = "admin/audit.html", "admin/_audit.html", "admin/_chain.html"
FIELDS = ("actor", "event", "subject", "address", "from", "to")
CHECK_SECONDS = 20.0  # browsers and HTMX wait for 30


@bp.get("/audit")
@may_call(ADMIN)
def audit() -> ResponseReturnValue:
    """Show a page of what happened, newest first, sifted by what the address says."""
    clean = cleaned_url()
    return redirect(clean, 303) if clean else _show(AUDIT)


@bp.post("/audit/check")
@may_call(ADMIN)
def check_chain() -> ResponseReturnValue:
    """Say whether the chain holds; where it is very long, how far, and go on from there."""
    found = walk_for(CHECK_SECONDS, _checked_before())
    return _show(CHAIN, found=found, broken=isinstance(found, Break) and break_words(found))


@bp.get("/audit/export/<slug>")
@may_call(ADMIN)
def export_audit(slug: str) -> ResponseReturnValue:
    """Send every entry that the filters let through, oldest first, as a file."""
    search, wrong = _search(reading())
    read = partial(finder.in_order, search=search)
    entries: Iterable[Entry] = () if wrong else in_short_reads(lambda session, after: read(session, after=after))
    return stream(form_or_404(slug), COLUMNS, (finder.plain(entry) for entry in entries), name="audit")


def audit_url(**changes: Any) -> str:
    """Return the address of the page with the filters of this one, and `changes`."""
    return url_for("admin.audit", **filled({name: typed(name) for name in FIELDS}, changes.items()))


def export_url(form: str) -> str:
    """Return the address of the file with the entries that the filters let through."""
    return url_for("admin.export_audit", slug=form, **filled({name: typed(name) for name in FIELDS}))


def _show(fragment: str, **more: Any) -> Response:
    session = reading()
    search, wrong = _search(session)
    found = finder.Page([], None, None) if wrong else finder.page(session, search, place(number))
    return fragment_or_page(
        fragment, PAGE,
        **{"found": None, "broken": None} | more, listed=found, entries=[told(entry) for entry in found.entries],
        fields={name: typed(name) for name in FIELDS}, wrong=wrong, events=_events(), audit_url=audit_url,
        export_url=export_url, is_newer="after" in request.args or "end" in request.args, length=length(session),
    )  # fmt: skip


def _search(session: Session) -> tuple[Search, set[str]]:
    """Read from the address what to look for, and the names of the fields that say nothing that can be looked for."""
    wrong: set[str] = set()
    since, until = days(typed("from"), typed("to"), wrong)
    address, address_begins = address_or_beginning(typed("address"))
    actor, actor_id = _actor(session, typed("actor"))
    return Search(
        actor=actor, actor_id=actor_id, event=typed("event") or None, subject=_subject(session, typed("subject")),
        address=address, address_begins=address_begins, since=since, until=until,
    ), wrong  # fmt: skip


def _actor(session: Session, text: str) -> tuple[str | None, int | None]:
    """Return the person's number, or else the text: the shell, or an account that is gone."""
    person = membership.by_email(session, text) if text else None
    if person is not None:
        return None, person.id
    return (text.lower() if text.lower() in ACTORS else text) or None, None


def _subject(session: Session, text: str) -> str | None:
    person = membership.by_email(session, text) if text else None
    return person.email if person is not None else text or None


def _checked_before() -> Checked | None:
    """Return how far an earlier press of the button got."""
    seq = number(request.form.get("seq", ""))
    return Checked(seq[0], request.form.get("hash", "")) if seq else None


def _events() -> dict[str, str]:
    """Return the events for the filter, in the order of their words."""
    return dict(sorted(((slug, str(words)) for slug, words in EVENTS.items()), key=lambda pair: pair[1]))
