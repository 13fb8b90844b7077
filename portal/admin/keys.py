"""Every key on the server: the list, finding one by a pasted key, and the list as a file."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.admin import bp
from portal.admin.keys_address import Asked, asked
from portal.keys import export, finder, listing
from portal.keys.listing import Count, Listing, Turn
from portal.keys.models import Key
from portal.keys.token import KIND_LETTERS, PATTERN
from portal.web.exports import Form, in_short_reads, stream
from portal.web.htmx import fragment_or_page, go
from portal.web.pasted import without_secret
from portal.web.permissions import ADMIN, may_call
from portal.web.portal import portal
from portal.web.site import site_settings
from portal.web.unit_of_work import reading

PAGE, KEYS = "admin/keys/page.html", "admin/keys/_keys.html"
LAST = Turn(None, back=True)


@bp.get("/keys")
@may_call(ADMIN)
def keys() -> ResponseReturnValue:
    """Show a page of all keys, sifted by what the address says."""
    return show_keys(asked(request.args), is_all=request.args.get("all") == "1")


@bp.post("/keys/find")
@may_call(ADMIN)
def find_keys() -> ResponseReturnValue:
    """Go to the key that was pasted whole, or to the list of those that are looked for.

    What is pasted comes in a form and leaves in no address: neither a log nor a history learns it.
    """
    pasted = PATTERN.search(request.form.get("find", ""))
    if pasted is None:
        return go(asked(request.form).url())
    key = finder.by_token(reading(), portal().peppers, pasted.group())
    if key is None:
        return go(asked(request.form).url(), say=_nobodys(pasted.group()))
    said = _("What was pasted is a secret of this key.")
    return go(url_for("admin.key_page", public_id=key.public_id), say=said)


def _nobodys(token: str) -> str:
    """Say that no key has the secret of a token, and whether one has its public id."""
    if finder.by_public_id(reading(), without_secret(token)) is None:
        return str(_("No key has this secret, and none has this public id."))
    return str(_("No key has this secret. The key below has the same public id."))


@bp.get("/keys/export/<any(csv,'json-lines'):form>")
@may_call(ADMIN)
def export_keys(form: str) -> ResponseReturnValue:
    """Send every key that the filters let through as a file."""
    wanted, site = asked(request.args), site_settings()

    def read(session: Session, after: int | None) -> tuple[Iterable[Mapping[str, Any]], int | None]:
        return export.stretch(session, wanted.sieve, site, after)

    rows: Iterable[Mapping[str, Any]] = () if wanted.wrong else in_short_reads(read)
    return stream(Form(form), export.COLUMNS, rows, name="keys")


def show_keys(wanted: Asked, *, is_all: bool = False, **answer: Any) -> Response:
    """Answer with the list, or with the whole page; `is_all` has everything that matches ticked."""
    session = reading()
    found = Listing([], Count(0), None, None) if wanted.wrong else _page(session, wanted)
    return fragment_or_page(
        KEYS, PAGE, wanted=wanted, found=found, now=clock.now(), is_all=is_all and bool(found.keys),
        totals=listing.totals(session), last=LAST, **answer,
    )  # fmt: skip


def _page(session: Session, wanted: Asked) -> Listing:
    """Return the page that is asked for; one that is past an end, because keys went, is answered with that end."""
    found = listing.page(session, wanted.sieve, site_settings(), wanted.turn)
    if found.keys or found.looked_further or wanted.turn is None or wanted.turn.place is None:
        return found
    return listing.page(session, wanted.sieve, site_settings(), Turn(None, not wanted.turn.back))


def kind_word(key: Key) -> str:
    """Return the kind of a key in a word."""
    words = {
        "standard": _("Standard"), "management": _("Management"), "session": _("Session key"), "app": _("App"),
    }  # fmt: skip
    return str(words.get(key.kind, key.kind))


@bp.context_processor
def list_words() -> dict[str, Any]:
    """Give the templates of this door the functions they call."""
    return {"kind_word": kind_word, "kinds": tuple(KIND_LETTERS)}
