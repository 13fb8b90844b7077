"""Rotating a key on the page: the question, the new secret, and the end of the overlap."""

from flask import Response, abort, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.errors import Refused
from portal.keys import finder, rotation
from portal.keys.models import Key
from portal.keys.rotation import AlreadyRotated, Rotated
from portal.profile import bp
from portal.profile.credentials import show_repeated, show_token
from portal.profile.list_address import wish
from portal.profile.rotate_form import RotateForm
from portal.site import change
from portal.web.htmx import fragment_or_page, go
from portal.web.permissions import PERSON, may_call
from portal.web.portal import portal
from portal.web.sentences import explain
from portal.web.site import site_settings
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, me, me_still

DIALOG, PAGE = "profile/credentials/_rotate.html", "profile/credentials/rotate.html"


@bp.get("/profile/api-credentials/<public_id>/rotate")
@may_call(PERSON)
def ask_rotate(public_id: str) -> ResponseReturnValue:
    """Ask how long the old secret shall work on: in a dialog, or on a page of its own."""
    key = finder.owned(reading(), me(reading()).id, public_id) or abort(404)
    return _question(key, RotateForm(key, site_settings()))


@bp.post("/profile/api-credentials/<public_id>/rotate")
@may_call(PERSON)
def rotate_key(public_id: str) -> ResponseReturnValue:
    """Give the key a new secret and show it. The token is in this answer and nowhere else."""
    key = finder.owned(reading(), me(reading()).id, public_id) or abort(404)
    form = RotateForm(key, site_settings())
    if not form.validate_on_submit():
        return _again(public_id, form)
    answer = _rotate(public_id, form)
    match answer:
        case Rotated():
            return show_token(answer, say=_("Rotated %(name)s.", name=answer.key.name), rotated=answer)
        case AlreadyRotated():
            return show_repeated(answer)
    if answer.reason == "form-taken":
        abort(422)
    changed = _("This key was changed elsewhere a moment ago. Look again before you rotate it.")
    form.form_errors.append(changed if answer.reason == "changed" else explain(answer))
    return _again(public_id, form)


@bp.post("/profile/api-credentials/<public_id>/end-overlap")
@may_call(PERSON)
def end_overlap(public_id: str) -> ResponseReturnValue:
    """Stop the old secret now. When this is answered, no request with it is let in any more."""
    with writing() as session:
        key = finder.owned(session, me_still(session).id, public_id) or abort(404)
        ended = rotation.end_overlap(session, actor(), key)
    said = _("The old secret is refused from now on.") if ended else _("The overlap was over already.")
    return go(url_for("profile.key_page", public_id=key.public_id), say=said)


def _rotate(public_id: str, form: RotateForm) -> Rotated | AlreadyRotated | Refused:
    with writing() as session:
        key = finder.owned(session, me_still(session).id, public_id) or abort(404)
        return rotation.rotate(
            session, actor(), key, form.ends(), peppers=portal().peppers, site=change.current(session),
            version=form.version.data, form_id=form.form_id.data,
        )  # fmt: skip


def _again(public_id: str, form: RotateForm) -> Response:
    """Ask again, about the key as it is now; within HTMX the dialog takes the place of the one that was sent."""
    key = finder.owned(reading(), me(reading()).id, public_id) or abort(404)
    answer = _question(key, form, 422)
    answer.headers.update({"HX-Retarget": "#dialog", "HX-Reswap": "innerHTML"})
    return answer


def _question(key: Key, form: RotateForm, status: int = 200) -> Response:
    both = rotation.overlap(reading(), key)
    return fragment_or_page(DIALOG, PAGE, status=status, key=key, form=form, overlap=both, now=form.now, wish=wish())
