"""Making a key: the form with its preview, and the notice that shows the new key once."""

from typing import Any

from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.errors import Refused
from portal.keys import finder, issuing
from portal.keys.finder import Wish
from portal.keys.issuing import AlreadyIssued, Issued, Wanted
from portal.keys.models import Key
from portal.profile import bp
from portal.profile.credentials import KEYS, PAGE, listing
from portal.profile.key_forms import NewKeyForm
from portal.profile.list_address import list_url, wish
from portal.profile.preview import preview_of
from portal.site import change
from portal.web.htmx import fragment_or_page, fragments, go, is_partial
from portal.web.permissions import PERSON, may_call
from portal.web.portal import portal
from portal.web.sentences import explain
from portal.web.site import site_settings
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, me, me_still

COMPOSER = "profile/credentials/_composer.html"
PREVIEW = "profile/credentials/_preview.html"
WORTH_KNOWING = ("profile/credentials/_redundant.html", "profile/credentials/_no_hosts.html")


@bp.get("/profile/api-credentials/new")
@may_call(PERSON)
def new_key() -> ResponseReturnValue:
    """Show the form for a new key, above the list; `like` fills it in from a key that is over."""
    if not site_settings().new_keys:
        return _switched_off()
    return _composer(form=NewKeyForm(site_settings(), _model()))


@bp.get("/profile/api-credentials/none")
@may_call(PERSON)
def no_composer() -> ResponseReturnValue:
    """Clear the place where a key is made and shown."""
    return _composer(focus_on="generate")


@bp.post("/profile/api-credentials/preview")
@may_call(PERSON)
def preview_key() -> ResponseReturnValue:
    """Say what the key would be able to do, and make nothing."""
    form = NewKeyForm(site_settings())
    form.validate()
    if is_partial():
        return fragments(PREVIEW, *WORTH_KNOWING, form=form, preview=preview_of(form))
    return _composer(form=form)


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
    if answer.reason == "new-keys-off":
        return _switched_off()
    form.refuse(answer)
    return _form_again(form)


def _issue(form: NewKeyForm) -> Issued | AlreadyIssued | Refused:
    installation, draft = portal(), form.draft()
    wanted = Wanted(draft.name, draft.policy, draft.expires_at, draft.not_before, draft.kind, form_id=form.form_id.data)
    with writing() as session:
        return issuing.issue(
            session, actor(), me_still(session), wanted, prefix=installation.settings.key_prefix,
            peppers=installation.peppers, site=change.current(session),
        )  # fmt: skip


def _model() -> Key | None:
    """Return the key that the new one shall be like, if it is the person's own."""
    like = request.args.get("like")
    if like is None:
        return None
    session = reading()
    return finder.owned(session, me(session).id, like) or abort(404)


def _switched_off() -> Response:
    return go(list_url(wish()), say=explain(Refused("new-keys-off")))


def _form_again(form: NewKeyForm) -> Response:
    return _composer(status=422, form=form)


def _composer(**answer: Any) -> Response:
    """Answer with the composer; only the whole page needs the list."""
    form = answer.get("form")
    preview = preview_of(form) if form else None
    return fragment_or_page(COMPOSER, PAGE, preview=preview, **({} if is_partial() else listing(wish())), **answer)
