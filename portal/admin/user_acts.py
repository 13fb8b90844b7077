"""What an admin does to a person's account: a question that says what will happen, and then the act."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts import directory, standing
from portal.accounts.models import Person
from portal.admin import bp
from portal.admin.user_page import CLOSED_DIALOG, PERSON, show
from portal.audit.events import Actor
from portal.errors import Refused
from portal.keys import sign_outs
from portal.web.htmx import fragment_or_page, go, is_partial, retarget
from portal.web.permissions import ADMIN, may_call
from portal.web.sentences import explain
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, admin_still, me

ASK, ASK_PAGE = "admin/user/_ask.html", "admin/user/ask.html"


@dataclass(frozen=True, slots=True)
class Act:
    """One act, in the words of its question, its button and its result."""

    job: Callable[[Session, Actor, Person], Any]
    title: Any
    says: Any
    button: Any
    done: Any
    is_grave: bool = False


ACTS = {
    "disable": Act(
        sign_outs.disable,
        _l("Disable this account?"),
        _l(
            "They cannot sign in, every browser of theirs is signed out, and each of their keys is refused at its next "
            "request. Nothing is lost: when you enable the account, their keys work again, except session keys."
        ),
        _l("Disable"), _l("Disabled. Every browser is signed out, and no key of theirs is let in."), is_grave=True,
    ),
    "enable": Act(
        standing.enable,
        _l("Enable this account?"),
        _l("They can sign in again, and their keys work as before, except those that were revoked or are expired."),
        _l("Enable"), _l("Enabled. They can sign in, and their keys work again."),
    ),
    "make-admin": Act(
        standing.make_admin,
        _l("Make this person an administrator?"),
        _l(
            "They see every key and every person, can stop keys and disable accounts, change the settings, and "
            "make and unmake administrators. Like you, they see no secret and no password, and sign in as nobody else."
        ),
        _l("Make administrator"), _l("They administer the portal from now on."),
    ),
    "unmake-admin": Act(
        standing.unmake_admin,
        _l("No longer an administrator?"),
        _l("They keep their account and their keys. Administration is gone for them at their next click."),
        _l("Unmake administrator"), _l("They administer the portal no more."), is_grave=True,
    ),
    "end-sessions": Act(
        sign_outs.end_all,
        _l("End all sessions?"),
        _l(
            "Every browser of theirs is signed out, and session keys end with it. Other keys go on working, and they "
            "can sign in again with their password."
        ),
        _l("End all sessions"), _l("Every browser of theirs is signed out."), is_grave=True,
    ),
}  # fmt: skip


@bp.get("/users/<row:person_id>/acts/<act>")
@may_call(ADMIN)
def ask_user_act(person_id: int, act: str) -> ResponseReturnValue:
    """Say what the act does, and ask: in a dialog, or on a page of its own."""
    return _question(person_id, act)


@bp.post("/users/<row:person_id>/acts/<act>")
@may_call(ADMIN)
def do_user_act(person_id: int, act: str) -> ResponseReturnValue:
    """Do it. When this is answered, it holds everywhere."""
    wanted = ACTS.get(act) or abort(404)
    with writing() as session:
        is_me = admin_still(session).id == person_id
        person = directory.one(session, person_id) or abort(404)
        outcome = wanted.job(session, actor(), person)
    if isinstance(outcome, Refused):
        return _question(person_id, act, refused=explain(outcome))
    if is_me:  # this page may be none of theirs any more
        return go(url_for("profile.credentials"), say=str(wanted.done))
    if is_partial():
        return show(person_id, PERSON, companions=(CLOSED_DIALOG,), say=str(wanted.done), focus=True)
    return go(url_for("admin.user_page", person_id=person_id), say=str(wanted.done))


def _question(person_id: int, act: str, refused: str | None = None) -> Response:
    wanted = ACTS.get(act) or abort(404)
    person = directory.one(reading(), person_id) or abort(404)
    answer = fragment_or_page(
        ASK, ASK_PAGE, status=422 if refused else 200, person=person, act=act, wanted=wanted, refused=refused,
        is_me=person.id == me(reading()).id,
    )  # fmt: skip
    return retarget(answer, "#dialog", "innerHTML") if refused else answer
