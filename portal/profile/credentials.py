"""The API credentials page: the endpoint, what the person must be told, and the list of keys."""

from datetime import datetime
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from portal import clock
from portal.accounts import banners
from portal.downloads.formats import FORMATS
from portal.keys import finder
from portal.keys.finder import Wish
from portal.keys.models import Key
from portal.keys.names import NAME_LIMIT
from portal.keys.status import Status, status_of
from portal.profile import bp
from portal.profile.banner_sentences import banner_sentence, who
from portal.profile.key_forms import RenameForm
from portal.profile.list_address import TEXT_LIMIT, list_url, row_url, wish
from portal.site.endpoint import is_exposed
from portal.web.htmx import fragment_or_page, is_partial
from portal.web.permissions import PERSON, may_call
from portal.web.portal import portal
from portal.web.site import site_settings
from portal.web.unit_of_work import reading
from portal.web.who import me

PAGE = "profile/credentials/page.html"
KEYS = "profile/credentials/_keys.html"


@bp.get("/profile/api-credentials")
@may_call(PERSON)
def credentials() -> ResponseReturnValue:
    """Show the page, or the list alone; `edit` puts a row's name into a form, `at` is where the focus goes back to."""
    return show_keys(edit=request.args.get("edit"), at=request.args.get("at"), count=True)


def listing(wanted: Wish) -> dict[str, Any]:
    """Load what the page shows besides the composer."""
    session = reading()
    person = me(session)
    page = finder.page(session, person.id, wanted, site_settings())
    return {"keys": page, "wish": page.wish, "banners": banners.shown(session, person), "now": clock.now()}


def show_keys(
    *, edit: str | None = None, form: RenameForm | None = None, count: bool = False, **answer: Any
) -> Response:
    """Answer with the list; the key of public id `edit` has its name in a form. `count` says how many keys match."""
    context = listing(wish())
    if count and is_partial():
        answer["say"] = ngettext("%(num)d key", "%(num)d keys", context["keys"].matching)
    editing = next((key for key in context["keys"].keys if key.public_id == edit and key.revoked_at is None), None)
    if editing is not None and form is None:
        form = RenameForm(formdata=None, name=editing.name, version=editing.version)
    return fragment_or_page(KEYS, PAGE, editing=editing, rename=form, **context, **answer)


def _status_now(key: Key, moment: datetime) -> Status:
    return status_of(key, moment, site_settings())


def _ends(key: Key) -> datetime | None:
    return site_settings().ends(key.created_at, key.expires_at)


@bp.context_processor
def page_words() -> dict[str, Any]:
    """Give the templates of this door the functions they call."""
    return {
        "list_url": list_url, "row_url": row_url, "status_of": _status_now, "ends_of": _ends, "who": who,
        "formats": FORMATS, "banner_sentence": banner_sentence, "name_limit": NAME_LIMIT, "text_limit": TEXT_LIMIT,
        "endpoint_exposed": is_exposed(portal().settings.endpoint_url),
    }  # fmt: skip
