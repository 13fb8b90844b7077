"""The API credentials page: the endpoint, what the person must be told, and the list of keys."""

from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import clock
from portal.accounts import banners
from portal.downloads.added import all_formats
from portal.downloads.formats import Format
from portal.downloads.snippets import Snippet
from portal.keys import finder, leaks
from portal.keys.default_key import AlreadyGot
from portal.keys.finder import Wish
from portal.keys.issuing import AlreadyIssued, Issued
from portal.keys.names import NAME_LIMIT
from portal.keys.rotation import AlreadyRotated, Rotated
from portal.profile import bp
from portal.profile.form_ids import new_form_id
from portal.profile.key_forms import RenameForm
from portal.profile.list_address import TEXT_LIMIT, list_url, row_url, wish
from portal.profile.snippets import example_address, programs
from portal.site.endpoint import is_exposed
from portal.web.banner_sentences import banner_sentence
from portal.web.htmx import fragment_or_page, is_partial
from portal.web.menu import default_key
from portal.web.permissions import PERSON, may_call
from portal.web.portal import portal
from portal.web.site import site_settings
from portal.web.unit_of_work import reading
from portal.web.usage_words import lines_of
from portal.web.who import me

PAGE = "profile/credentials/page.html"
KEYS = "profile/credentials/_keys.html"
COMPOSER = "profile/credentials/_composer.html"
CLOSED_DIALOG = "profile/credentials/_dialog.html"
SESSION = "profile/credentials/_session.html"
CALL = "profile/credentials/_call.html"


@bp.get("/profile/api-credentials")
@may_call(PERSON)
def credentials() -> ResponseReturnValue:
    """Show the page, or the list alone; `edit` puts a row's name into a form, `at` is where the focus goes back to."""
    edit = request.args.get("edit")
    return show_keys(edit=edit, at=request.args.get("at"), count=edit is None)


def listing(wanted: Wish) -> dict[str, Any]:
    """Load what the page shows besides the composer."""
    session = reading()
    person = me(session)
    page = finder.page(session, person.id, wanted, site_settings())
    told = {"banners": banners.shown(session, person), "leaks": leaks.living_leaks(session, person.id)}
    lines = lines_of(session, page.keys)
    return {"keys": page, "wish": page.wish, "now": clock.now(), "lines": lines, **told}


def show_keys(
    *, edit: str | None = None, form: RenameForm | None = None, count: bool = False, **answer: Any
) -> Response:
    """Answer with the list; the key of public id `edit` has its name in a form. `count` says how many keys match."""
    context = listing(wish())
    if count and is_partial():
        answer["say"] = ngettext("%(num)d key", "%(num)d keys", context["keys"].matching)
    editing = next((key for key in context["keys"].keys if key.public_id == edit and key.revoked_at is None), None)
    if edit is not None and editing is None:
        nothing = _("There is nothing to rename: this key is revoked, or not on this page of the list.")
        answer.setdefault("refused", nothing)
    if editing is not None and form is None:
        form = RenameForm(formdata=None, name=editing.name, version=editing.version)
    return fragment_or_page(KEYS, PAGE, editing=editing, rename=form, **context, **answer)


def show_token(answer: Issued | Rotated, *, say: str, **context: Any) -> Response:
    """Show a token that was just made: in this answer and nowhere else, for no redirect could carry it."""
    context = {"issued": answer, **context, **listing(wish())}
    return fragment_or_page(
        COMPOSER, PAGE, companions=(KEYS, CLOSED_DIALOG, SESSION, CALL), status=201, say=say, **context
    )


def show_repeated(answer: AlreadyRotated | AlreadyGot) -> Response:
    """Say that this form has made its secret already."""
    companions = (KEYS, CLOSED_DIALOG)
    return fragment_or_page(COMPOSER, PAGE, companions=companions, status=409, repeated=answer, **listing(wish()))


def show_already(answer: AlreadyIssued) -> Response:
    """Say that this form has made its key already."""
    companions = (KEYS, SESSION)
    return fragment_or_page(COMPOSER, PAGE, companions=companions, status=409, already=answer.key, **listing(wish()))


def _may_make_keys() -> bool:
    return site_settings().new_keys


def _example_address() -> str:
    return example_address(portal().settings)


def _formats() -> list[Format]:
    return list(all_formats(reading()).values())


def _programs() -> list[tuple[Snippet, str]]:
    return programs(portal().settings, default_key())


@bp.context_processor
def page_words() -> dict[str, Any]:
    """Give the templates of this door the functions they call."""
    return {
        "list_url": list_url, "row_url": row_url, "formats": _formats,
        "banner_sentence": banner_sentence, "name_limit": NAME_LIMIT, "text_limit": TEXT_LIMIT,
        "endpoint_exposed": is_exposed(portal().settings.endpoint_url), "programs": _programs,
        "new_form_id": new_form_id, "example_address": _example_address, "may_make_keys": _may_make_keys,
    }  # fmt: skip
