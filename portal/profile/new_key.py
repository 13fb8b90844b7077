"""Making a key: the form, and the notice that shows the new key once."""

from typing import Any

from flask import Response, abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.errors import Refused
from portal.keys import issuing
from portal.keys.finder import Wish
from portal.keys.issuing import AlreadyIssued, Issued, Wanted
from portal.profile import bp
from portal.profile.credentials import KEYS, PAGE, listing
from portal.profile.key_forms import NewKeyForm
from portal.profile.list_address import wish
from portal.site import change
from portal.web.htmx import fragment_or_page, is_partial
from portal.web.permissions import PERSON, may_call
from portal.web.portal import portal
from portal.web.sentences import explain
from portal.web.site import site_settings
from portal.web.unit_of_work import writing
from portal.web.who import actor, me

COMPOSER = "profile/credentials/_composer.html"


@bp.get("/profile/api-credentials/new")
@may_call(PERSON)
def new_key() -> ResponseReturnValue:
    """Show the form for a new key, above the list."""
    return _composer(form=NewKeyForm(site_settings()))


@bp.get("/profile/api-credentials/none")
@may_call(PERSON)
def no_composer() -> ResponseReturnValue:
    """Clear the place where a key is made and shown."""
    return _composer(focus_on="generate")


@bp.post("/profile/api-credentials")
@may_call(PERSON)
def generate_key() -> ResponseReturnValue:
    """Make a key and show it. The token is in this answer and nowhere else: no redirect could carry it."""
    form = NewKeyForm(site_settings())
    if not form.validate_on_submit():
        return _form_again(form)
    answer = _issue(form)
    if isinstance(answer, Issued):
        said = _("API key generated.")
        return fragment_or_page(
            COMPOSER, PAGE, companions=(KEYS,), status=201, say=said, issued=answer, **listing(Wish())
        )
    if isinstance(answer, AlreadyIssued):
        return fragment_or_page(COMPOSER, PAGE, companions=(KEYS,), status=409, already=answer.key, **listing(Wish()))
    if answer.reason == "form-taken":
        abort(422)
    form.name.errors = [explain(answer)]
    return _form_again(form)


def _issue(form: NewKeyForm) -> Issued | AlreadyIssued | Refused:
    installation = portal()
    with writing() as session:
        site = change.current(session)
        wanted = Wanted(form.name.data or "", site.new_policy(), form.expires_at(), form_id=form.form_id.data)
        return issuing.issue(
            session, actor(), me(session), wanted,
            prefix=installation.settings.key_prefix, peppers=installation.peppers, site=site,
        )  # fmt: skip


def _form_again(form: NewKeyForm) -> Response:
    return _composer(status=422, form=form)


def _composer(**answer: Any) -> Response:
    """Answer with the composer; only the whole page needs the list."""
    return fragment_or_page(COMPOSER, PAGE, **({} if is_partial() else listing(wish())), **answer)
