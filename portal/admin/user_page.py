"""One person: who they are, where they are signed in, and their keys with what still uses them."""

from typing import Any

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.accounts import directory, sessions
from portal.accounts.models import Person
from portal.admin import bp
from portal.keys import of_person
from portal.keys.of_person import Show, Wish
from portal.web.browsers import describe
from portal.web.htmx import fragment_or_page
from portal.web.permissions import ADMIN, may_call
from portal.web.site import site_settings
from portal.web.unit_of_work import reading

PAGE, PERSON, KEYS = "admin/user/page.html", "admin/user/_person.html", "admin/user/_keys.html"
CLOSED_DIALOG = "admin/user/_dialog.html"


@bp.get("/users/<row:person_id>")
@may_call(ADMIN)
def user_page(person_id: int) -> ResponseReturnValue:
    """Show the person; within the page, the list of their keys alone."""
    return show(person_id, KEYS)


def show(person_id: int, fragment: str, **answer: Any) -> Response:
    """Answer with a part of the person's page, or with all of it."""
    session = reading()
    person = directory.one(session, person_id) or abort(404)
    page = of_person.page(session, person_id, wish(), site_settings())
    sign_ins = sessions.recent(session, person)
    context: dict[str, Any] = {
        "person": person, "keys": page, "wish": page.wish, "now": clock.now(), "describe": describe,
        "counts": of_person.counts(session, person_id, site_settings()), "sign_ins": sign_ins,
        "is_signed_in": any(map(sessions.is_open, sign_ins)),
    }  # fmt: skip
    return fragment_or_page(fragment, PAGE, **context, **answer)


def wish() -> Wish:
    """Read from the address which keys to list; nonsense counts as the default."""
    asked = request.args
    show_ = asked.get("show", "")
    return Wish(
        show=Show(show_) if show_ in list(Show) else Show.LIVING,
        after=_public_id("after"), before=_public_id("before"), last="last" in asked,
    )  # fmt: skip


def persons_keys_url(person: Person, wanted: Wish, **changes: Any) -> str:
    """Return the address of the list of keys for `wanted` with `changes`; from its first page on."""
    asked: dict[str, Any] = {"show": wanted.show} | changes
    kept = {name: value for name, value in asked.items() if (name, value) != ("show", Show.LIVING)}
    return url_for("admin.user_page", person_id=person.id, **kept)


def _public_id(name: str) -> str | None:
    """Return a public id of the address; what no database can hold is none."""
    text = request.args.get(name, "")
    return text if text.isascii() and text.isprintable() and text else None


@bp.context_processor
def user_words() -> dict[str, Any]:
    """Give the templates the functions that they call."""
    return {"persons_keys_url": persons_keys_url, "is_open": sessions.is_open}
