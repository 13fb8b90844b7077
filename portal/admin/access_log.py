"""The access log: which person's key did what, by the minute."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts import membership
from portal.admin import bp
from portal.keys import finder
from portal.keyset import Mark
from portal.policy.reasons import Reason
from portal.usage import access_log as log
from portal.usage.access_log import LET_IN, REFUSED, Record, Search
from portal.usage.forget import ACCESS_KEPT
from portal.web.access_words import COLUMNS, plain, told
from portal.web.exports import form_or_404, in_short_reads, stream
from portal.web.htmx import fragment_or_page
from portal.web.marks import number, place
from portal.web.pasted import address_or_beginning, cleaned_url, days, equal_or_beginning, filled, typed
from portal.web.permissions import ADMIN, may_call
from portal.web.unit_of_work import reading

PAGE, LOG = "admin/access_log.html", "admin/_access_log.html"
FIELDS = ("person", "key", "address", "resource", "verdict", "from", "to")
_MARK = re.compile(r"([0-9]{1,15})(?:-([0-9a-f]{2,128}))?")


@bp.get("/access")
@may_call(ADMIN)
def access_log() -> ResponseReturnValue:
    """Show a page of what keys were used for, newest first, sifted by what the address says."""
    clean = cleaned_url()
    return redirect(clean, 303) if clean else _show()


@bp.get("/access/export/<slug>")
@may_call(ADMIN)
def export_access(slug: str) -> ResponseReturnValue:
    """Send every record that the filters let through, oldest first, as a file."""
    search, wrong = _search(reading())
    read = partial(log.in_order, search=search)
    records: Iterable[Record] = () if wrong else in_short_reads(lambda session, after: read(session, after=after))
    return stream(form_or_404(slug), COLUMNS, (plain(record) for record in records), name="access")


def log_url(**changes: Any) -> str:
    """Return the address of the page with the filters of this one, and `changes`; marks may be among them."""
    marks = {name: _spell(value) if isinstance(value, tuple) else value for name, value in changes.items()}
    return url_for("admin.access_log", **filled({name: typed(name) for name in FIELDS}, marks.items()))


def export_url(form: str) -> str:
    """Return the address of the file with the records that the filters let through."""
    return url_for("admin.export_access", slug=form, **filled({name: typed(name) for name in FIELDS}))


def _show() -> Response:
    session = reading()
    search, wrong = _search(session)
    found = log.Page([], None, None) if wrong else log.page(session, search, place(_mark))
    return fragment_or_page(
        LOG, PAGE,
        listed=found, records=[told(record) for record in found.records], fields={name: typed(name) for name in FIELDS},
        wrong=wrong, verdicts=_verdicts(), log_url=log_url, export_url=export_url, kept=ACCESS_KEPT,
        is_newer="after" in request.args or "end" in request.args,
    )  # fmt: skip


def _search(session: Session) -> tuple[Search, set[str]]:
    """Read from the address what to look for, and the names of the fields that say nothing that can be looked for."""
    wrong: set[str] = set()
    since, until = days(typed("from"), typed("to"), wrong)
    address, address_begins = address_or_beginning(typed("address"))
    resource, resource_begins = equal_or_beginning(typed("resource"))
    return Search(
        owner_id=_number(_person(session, typed("person")), "person", wrong),
        key_id=_number(_key(session, typed("key")), "key", wrong),
        address=address, address_begins=address_begins, resource=resource, resource_begins=resource_begins,
        verdict=typed("verdict") or None, since=since, until=until,
    ), wrong  # fmt: skip


def _person(session: Session, text: str) -> int | None:
    """Return the number of the person with that e-mail, or the number itself: so does a page call who is gone."""
    person = membership.by_email(session, text) if text else None
    return person.id if person is not None else _digits(text)


def _key(session: Session, text: str) -> int | None:
    key = finder.by_public_id(session, text) if text else None
    return key.id if key is not None else _digits(text)


def _digits(text: str) -> int | None:
    mark = number(text)
    return mark[0] if mark else None


def _number(found: int | None, field: str, wrong: set[str]) -> int | None:
    if found is None and typed(field):
        wrong.add(field)
    return found


def _verdicts() -> dict[str, str]:
    """Return the choices of the filter."""
    reasons = {str(reason): f"{reason.status} {reason}" for reason in Reason}
    return {LET_IN: _("Let in"), REFUSED: _("Refused, for whatever reason")} | reasons


def _spell(mark: Mark) -> str:
    """Return a mark for an address: the minute, and the fold when it stands at a row."""
    minute, *fold = mark
    return f"{minute}-{fold[0].hex()}" if fold and isinstance(fold[0], bytes) else str(minute)


def _mark(text: str) -> Mark | None:
    found = _MARK.fullmatch(text)
    if found is None or len(found[2] or "") % 2:
        return None
    return (int(found[1]), bytes.fromhex(found[2])) if found[2] else (int(found[1]),)
