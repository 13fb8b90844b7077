"""Changing what a key may do and for how long. The next request with it obeys."""

from flask import Response, abort, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.errors import Refused
from portal.keys import finder, lifecycle, rules
from portal.keys.models import Key
from portal.profile import bp
from portal.profile.key_forms import EditKeyForm
from portal.profile.new_key import PREVIEW, WORTH_KNOWING
from portal.profile.preview import preview_of
from portal.site import change
from portal.web.htmx import fragment_or_page, fragments, go, is_partial
from portal.web.permissions import PERSON, may_call
from portal.web.sentences import explain
from portal.web.site import site_settings
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, me, me_still

FORM = "profile/credentials/_edit.html"
PAGE = "profile/credentials/edit.html"


@bp.get("/profile/api-credentials/<public_id>/edit")
@may_call(PERSON)
def edit_key(public_id: str) -> ResponseReturnValue:
    """Show the key's name, rules and dates in a form."""
    key = _mine(public_id)
    return _show(key, EditKeyForm(site_settings(), key))


@bp.post("/profile/api-credentials/<public_id>/edit/preview")
@may_call(PERSON)
def preview_edit(public_id: str) -> ResponseReturnValue:
    """Say what the key would be able to do, and change nothing."""
    key = _mine(public_id)
    form = EditKeyForm(site_settings(), key)
    form.validate()
    if is_partial():
        return fragments(PREVIEW, *WORTH_KNOWING, form=form, preview=preview_of(form), key=key)
    return _show(key, form)


@bp.post("/profile/api-credentials/<public_id>/edit")
@may_call(PERSON)
def change_key(public_id: str) -> ResponseReturnValue:
    """Give the key its new name, rules and dates, all or none of them."""
    key = _mine(public_id)
    form = EditKeyForm(site_settings(), key)
    if not form.validate_on_submit():
        return _show(key, form, status=422)
    refusal = _change(public_id, form)
    if refusal is None:
        return go(url_for("profile.key_page", public_id=public_id), say=_("Changed. The next request obeys."))
    form.refuse(refusal)
    key = _mine(public_id)
    form.version.data, form.version.raw_data = key.version, None  # to send it again means to mean it
    return _show(key, form, status=409 if refusal.reason == "changed" else 422)


def _change(public_id: str, form: EditKeyForm) -> Refused | None:
    draft = form.draft()
    with writing() as session:
        key = finder.owned(session, me_still(session).id, public_id) or abort(404)
        site, version = change.current(session), int(form.version.data or 0)
        if draft.name != key.name:
            refusal = lifecycle.rename(session, actor(), key, draft.name, site=site, version=version)
            version = key.version
            if refusal is not None:
                return refusal
        refusal = rules.change(
            session, actor(), key, policy=draft.policy, not_before=draft.not_before, expires_at=draft.expires_at,
            version=version, site=site,
        )  # fmt: skip
        if refusal is not None:
            session.rollback()  # the name is changed with the rules or not at all
        return refusal


def _mine(public_id: str) -> Key:
    session = reading()
    return finder.owned(session, me(session).id, public_id) or abort(404)


def _show(key: Key, form: EditKeyForm, status: int = 200) -> Response:
    said = explain(Refused("revoked")) if key.revoked_at is not None else None
    return fragment_or_page(FORM, PAGE, status=status, key=key, form=form, preview=preview_of(form), stopped=said)
