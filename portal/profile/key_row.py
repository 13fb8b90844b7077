"""What a person does to one key of the list: rename it, revoke it, dismiss what was said about it."""

from collections.abc import Callable

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import banners
from portal.audit.events import Actor
from portal.errors import Refused
from portal.keys import finder, lifecycle
from portal.keys.models import Key
from portal.profile import bp
from portal.profile.credentials import KEYS, listing, show_keys
from portal.profile.key_forms import RenameForm
from portal.profile.list_address import list_url, wish
from portal.site import change
from portal.web.htmx import fragment_or_page, fragments, go, is_partial
from portal.web.permissions import PERSON, may_call
from portal.web.sentences import explain
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, me, me_still

BANNERS = "profile/credentials/_banners.html"
DIALOG = "profile/credentials/_dialog.html"


@bp.post("/profile/api-credentials/<public_id>/rename")
@may_call(PERSON)
def rename_key(public_id: str) -> ResponseReturnValue:
    """Give the key another name."""
    form = RenameForm()
    with writing() as session:
        key = finder.owned(session, me_still(session).id, public_id) or abort(404)
        site, version = change.current(session), form.version.data or 0
        refusal = lifecycle.rename(session, actor(), key, form.name.data or "", site=site, version=version)
    if refusal is None:
        said = _("Renamed to %(name)s.", name=key.name)
        return show_keys(at=key.public_id, say=said) if is_partial() else go(list_url(wish()), say=said)
    form.version.data = key.version
    form.name.errors = [explain(refusal)]
    return show_keys(edit=public_id, form=form, status=422, refused=explain(refusal))


@bp.get("/profile/api-credentials/<public_id>/revoke")
@may_call(PERSON)
def ask_revoke(public_id: str) -> ResponseReturnValue:
    """Ask whether to revoke the key: in a dialog, or on a page of its own."""
    session = reading()
    key = finder.owned(session, me(session).id, public_id) or abort(404)
    return fragment_or_page(
        "profile/credentials/_revoke.html", "profile/credentials/revoke.html",
        key=key, now=clock.now(), wish=wish(),
    )  # fmt: skip


@bp.post("/profile/api-credentials/<public_id>/revoke")
@may_call(PERSON)
def revoke_key(public_id: str) -> ResponseReturnValue:
    """Revoke the key. When this is answered, no request with it is let in any more."""
    with writing() as session:
        key = finder.owned(session, me_still(session).id, public_id) or abort(404)
        lifecycle.revoke(session, actor(), key)
    said = _("Revoked %(name)s. It is refused from now on.", name=key.name)
    if is_partial():
        return show_keys(focus=True, revoked=key.public_id, say=said, companions=(DIALOG,))
    return go(list_url(wish()), say=said)


@bp.post("/profile/api-credentials/<public_id>/pause")
@may_call(PERSON)
def pause_key(public_id: str) -> ResponseReturnValue:
    """Refuse the key's requests until it is resumed."""
    return _stop_or_go(public_id, lifecycle.pause, _l("Paused %(name)s. It is refused until you resume it."))


@bp.post("/profile/api-credentials/<public_id>/resume")
@may_call(PERSON)
def resume_key(public_id: str) -> ResponseReturnValue:
    """Let the key work again."""
    return _stop_or_go(public_id, lifecycle.resume, _l("Resumed %(name)s. It works again."))


@bp.post("/profile/banners/<row:banner_id>/dismiss")
@may_call(PERSON)
def dismiss_banner(banner_id: int) -> ResponseReturnValue:
    """Take a banner down."""
    with writing() as session:
        if not banners.dismiss(session, actor(), me_still(session), banner_id):
            abort(404)
    said = _("Message dismissed.")
    if is_partial():
        return fragments(BANNERS, KEYS, say=said, focus=True, **listing(wish()))
    return go(list_url(wish()), say=said)


def _stop_or_go(public_id: str, job: Callable[[Session, Actor, Key], Refused | None], done: str) -> ResponseReturnValue:
    """Pause or resume a key, and answer where the person pressed: in the list, or on the key's page."""
    with writing() as session:
        key = finder.owned(session, me_still(session).id, public_id) or abort(404)
        refusal = job(session, actor(), key)
    said = explain(refusal) if refusal else str(done) % {"name": key.name}
    if is_partial():
        return show_keys(at=key.public_id, say=said)
    on_its_page = request.args.get("page") == "key"
    return go(url_for("profile.key_page", public_id=key.public_id) if on_its_page else list_url(wish()), say=said)
