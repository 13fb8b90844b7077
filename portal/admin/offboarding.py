"""A person leaves: their keys are revoked, or handed over to a colleague."""

from collections.abc import Sequence

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import StringField

from portal import clock
from portal.accounts import directory
from portal.accounts.emails import EMAIL_LIMIT
from portal.admin import bp
from portal.admin.reason_form import ReasonForm
from portal.admin.user_page import CLOSED_DIALOG, KEYS, show
from portal.errors import Refused
from portal.handover.codes import got_by_apps
from portal.keys import of_person
from portal.keys.hand_over import MOST_AT_ONCE, HandedOver, hand_over, why_left
from portal.keys.models import Key
from portal.keys.reason import REASON_LIMIT
from portal.keys.token import PATTERN
from portal.site import change
from portal.site.settings import SiteSettings
from portal.web.account_fields import say_refused
from portal.web.htmx import fragment_or_page, go, is_partial, retarget
from portal.web.permissions import ADMIN, may_call
from portal.web.sentences import explain
from portal.web.site import site_settings
from portal.web.stop_many import stop_many
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, admin_still

REVOKE, HAND_OVER = "revoke", "hand-over"
_FRAGMENTS = {
    REVOKE: ("admin/user/_revoke.html", "admin/user/revoke.html"),
    HAND_OVER: ("admin/user/_hand_over.html", "admin/user/hand_over.html"),
}


class HandOverForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """The colleague. Any text but a key is taken; who that is, is decided where keys change hands."""

    email = StringField(_l("E-mail of the colleague"), filters=[lambda text: (text or "").strip()])

    def refuses_key(self) -> bool:
        """Say so where a key was pasted for an e-mail, and show it nowhere."""
        holds_key = PATTERN.search(self.email.data or "") is not None
        if holds_key:
            self.email.data, self.email.errors = "", []
            say_refused(self.email, Refused("email-secret"))
        return holds_key


@bp.post("/users/<row:person_id>/keys/ask")
@may_call(ADMIN)
def ask_about_keys(person_id: int) -> ResponseReturnValue:
    """Ask how the ticked keys are revoked, or to whom they go; changes nothing."""
    act = request.form.get("act")
    if act not in _FRAGMENTS:
        abort(422)
    keys = _picked(reading(), person_id, site_settings())
    if not keys:
        return _nothing_ticked(person_id)
    return _question(person_id, act, keys, ReasonForm() if act == REVOKE else HandOverForm())


@bp.post("/users/<row:person_id>/keys/revoke")
@may_call(ADMIN)
def revoke_keys_of_user(person_id: int) -> ResponseReturnValue:
    """Revoke the ticked keys: all of them, or none. When this is answered, no request with one is let in any more."""
    form = ReasonForm()
    if not form.validate():
        return _question(person_id, REVOKE, _picked(reading(), person_id, site_settings()), form, 422)
    keys = _picked(reading(), person_id, site_settings())
    if not keys:
        return _nothing_ticked(person_id)
    number = stop_many(REVOKE, [key.id for key in keys], form.reason.data or None, owner_id=person_id)
    return _done(
        person_id,
        ngettext(
            "Revoked %(num)d key. It is refused from now on.",
            "Revoked %(num)d keys. They are refused from now on.",
            number,
        ),
    )


@bp.post("/users/<row:person_id>/keys/hand-over")
@may_call(ADMIN)
def hand_over_keys_of_user(person_id: int) -> ResponseReturnValue:
    """Make a colleague the owner of the ticked keys: of all that can change hands, or none."""
    form = HandOverForm()
    if form.refuses_key():
        return _question(person_id, HAND_OVER, _picked(reading(), person_id, site_settings()), form, 422)
    with writing() as session:
        admin_still(session)
        site = change.current(session)
        keys = _picked(session, person_id, site)
        email, of_apps = (form.email.data or "")[: EMAIL_LIMIT + 1], got_by_apps(session, keys)
        answer = hand_over(session, actor(), keys, email, of_apps=of_apps, site=site)
    if not keys:
        return _nothing_ticked(person_id)
    if isinstance(answer, Refused):
        say_refused(form.email, answer)
        return _question(person_id, HAND_OVER, _picked(reading(), person_id, site), form, 422)
    return _done(person_id, _handed_over(answer))


def _picked(session: Session, person_id: int, site: SiteSettings) -> Sequence[Key]:
    """Return the keys that are ticked, or all that live where that is ticked."""
    if directory.one(session, person_id) is None:
        abort(404)
    if request.form.get("all"):
        return of_person.living(session, person_id, site)
    wanted = [text for text in request.form.getlist("key") if text.isascii() and text.isprintable()]
    return of_person.picked(session, person_id, wanted)


def _question(person_id: int, act: str, keys: Sequence[Key], form: FlaskForm, status: int = 200) -> Response:
    fragment, page = _FRAGMENTS[act]
    person = directory.one(reading(), person_id) or abort(404)
    answer = fragment_or_page(
        fragment, page, status=status, person=person, form=form, picked=keys, all=bool(request.form.get("all")),
        used=_used_lately(keys), staying=_staying(keys) if act == HAND_OVER else {}, reason_limit=REASON_LIMIT,
        most_at_once=MOST_AT_ONCE,
    )  # fmt: skip
    return answer if status == 200 else retarget(answer, "#dialog", "innerHTML")  # noqa: PLR2004


def _used_lately(keys: Sequence[Key]) -> int:
    since = clock.now() - of_person.LATELY
    return sum(key.last_used is not None and key.last_used.at > since for key in keys)


def _staying(keys: Sequence[Key]) -> dict[str, int]:
    """Return for each sentence that says why a key is not handed over, how many it is said of."""
    of_apps, said = got_by_apps(reading(), keys), dict[str, int]()
    for key in keys:
        why = why_left(key, clock.now(), of_apps=of_apps, site=site_settings())
        if why is not None:
            sentence = explain(Refused(why))
            said[sentence] = said.get(sentence, 0) + 1
    return said


def _handed_over(answer: HandedOver) -> str:
    number, left = len(answer.keys), len(answer.left)
    said = ngettext(
        "Handed over %(num)d key to %(email)s.", "Handed over %(num)d keys to %(email)s.", number, email=answer.to.email
    )
    sentences = [said]
    if answer.paused:
        paused = len(answer.paused)
        sentences.append(
            ngettext("It is paused.", "All are paused.", number)
            if paused == number
            else ngettext("%(num)d of them was paused.", "%(num)d of them were paused.", paused)
        )
    if left:
        sentences.append(ngettext("%(num)d stayed where it was.", "%(num)d stayed where they were.", left))
    if answer.waiting:
        waiting = len(answer.waiting)
        sentences.append(
            ngettext(
                "%(num)d is left: hand it over next.", "%(num)d are left: hand over the next of them now.", waiting
            )
        )
    return " ".join(sentences)


def _nothing_ticked(person_id: int) -> Response:
    said = _("Tick the keys first.")
    if is_partial():
        return retarget(show(person_id, KEYS, say=said, status=422, refused=said), "#keys", "outerHTML")
    return go(url_for("admin.user_page", person_id=person_id), say=said)


def _done(person_id: int, said: str) -> Response:
    if is_partial():
        return show(person_id, KEYS, companions=(CLOSED_DIALOG,), say=said, focus=True)
    return go(url_for("admin.user_page", person_id=person_id), say=said)
