"""Everyone with an account, and whoever was invited to have one."""

from typing import Any

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts import directory, invitations
from portal.accounts.directory import Show, Wish
from portal.accounts.emails import EMAIL_LIMIT
from portal.accounts.models import Invitation
from portal.admin import bp
from portal.admin.newcomer import ADD, NewcomerForm
from portal.config import SignUp
from portal.errors import Refused
from portal.keys import of_person
from portal.keys.token import PATTERN
from portal.web.account_fields import say_refused
from portal.web.htmx import fragment_or_page, go, is_partial
from portal.web.pasted import seen
from portal.web.permissions import ADMIN, may_call
from portal.web.portal import portal
from portal.web.sign_up import who_may_sign_up
from portal.web.site import site_settings
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, admin_still

PAGE = "admin/users/page.html"
PEOPLE, NEWCOMER, INVITED = "admin/users/_people.html", "admin/users/_newcomer.html", "admin/users/_invited.html"
INVITATIONS = 20


@bp.get("/users")
@may_call(ADMIN)
def users() -> ResponseReturnValue:
    """Show a page of people, by e-mail."""
    people = _people()
    counted = min(people["counts"][people["wish"].show], directory.COUNTED)
    return _show(PEOPLE, say=ngettext("%(num)d person", "%(num)d people", counted) if is_partial() else None, **people)


@bp.post("/users")
@may_call(ADMIN)
def add_user() -> ResponseReturnValue:
    """Invite somebody, or add their account at once. The link is in this answer and nowhere else."""
    form = NewcomerForm()
    if who_may_sign_up() is SignUp.OFF:
        form.email.errors = []
        say_refused(form.email, Refused("sign-up-off"))
        return _show(NEWCOMER, status=422, form=form)
    if not form.validate():
        return _show(NEWCOMER, status=422, form=form)
    job = invitations.add if form.how.data == ADD else invitations.invite
    with writing() as session:
        admin_still(session)
        token = job(session, actor(), form.email.data or "", is_admin=form.is_admin.data)
    if isinstance(token, Refused):
        say_refused(form.email, token)
        return _show(NEWCOMER, status=422, form=form)
    link = portal().settings.site_url + url_for("sign_in.invitation", token=token)
    return _show(
        NEWCOMER, companions=(PEOPLE, INVITED), status=201, say=_("The link is ready to copy."),
        link=link, email=form.email.data, added=form.how.data == ADD,
    )  # fmt: skip


@bp.post("/users/invitations/<row:invitation_id>/withdraw")
@may_call(ADMIN)
def withdraw_invitation(invitation_id: int) -> ResponseReturnValue:
    """Let an invitation open nothing any more."""
    with writing() as session:
        admin_still(session)
        withdrawn = invitations.withdraw(session, actor(), invitation_id) or abort(404)
    said = _("Withdrawn: the link for %(email)s opens nothing any more.", email=withdrawn.email)
    return _show(INVITED, say=said, focus=True) if is_partial() else go(url_for("admin.users"), say=said)


def users_url(wanted: Wish, **changes: Any) -> str:
    """Return the address of the list for the people of `wanted` with `changes`; from its first page on."""
    asked: dict[str, Any] = {"show": wanted.show, "q": wanted.text} | changes
    default = {"show": Show.ALL, "q": ""}
    return url_for("admin.users", **{name: value for name, value in asked.items() if value != default.get(name)})


def wish() -> Wish:
    """Read from the address what to list. Nonsense counts as the default; a pasted token is cut to its public id."""
    asked = request.args
    show = asked.get("show", "")
    return Wish(
        show=Show(show) if show in list(Show) else Show.ALL,
        text=seen(asked.get("q", ""))[:EMAIL_LIMIT],
        after=_edge("after"), before=_edge("before"), last="last" in asked,
    )  # fmt: skip


def _edge(name: str) -> str | None:
    """Return the e-mail at the edge of a page, without a key. Not `seen`, which cuts anna_wilhelmina_smith@… short."""
    text = request.args.get(name)
    return None if text is None else PATTERN.sub("", text)


def _show(fragment: str, **answer: Any) -> Response:
    """Answer with a part of the page, or with all of it."""
    context = {"form": NewcomerForm(formdata=None), **_people(), **_invited(), "may_invite": _may_invite(), **answer}
    return fragment_or_page(fragment, PAGE, **context)


def _people() -> dict[str, Any]:
    session = reading()
    page = directory.page(session, wish())
    living = of_person.living_counts(session, [person.id for person in page.people], site_settings())
    return {"people": page, "wish": page.wish, "living": living, "counts": directory.counts(session, page.wish.text)}


def _invited() -> dict[str, Any]:
    """Load the open invitations; `invited` in the address is the one after which to go on."""
    asked = request.args.get("invited", "")
    edge = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < len(str(2**60)) else None
    found = invitations.open_ones(reading(), edge, INVITATIONS + 1)
    more = found[INVITATIONS - 1].id if len(found) > INVITATIONS else None
    shown: list[Invitation] = found[:INVITATIONS]
    return {"invited": shown, "more_invited": more, "invited_from": edge}


def _may_invite() -> bool:
    return who_may_sign_up() is not SignUp.OFF


@bp.context_processor
def users_words() -> dict[str, Any]:
    """Give the templates the function that they call."""
    return {"users_url": users_url}
