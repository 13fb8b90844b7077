"""Stopping many keys: what is asked before, and the act."""

from typing import Any, NamedTuple

from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from portal.admin import bp
from portal.admin.keys import show_keys
from portal.admin.keys_address import Asked, asked
from portal.admin.reason_form import ReasonForm
from portal.keys import finder, many
from portal.keys.listing import MOST_COUNTED, Count
from portal.web.htmx import fragment_or_page, go, is_partial, retarget
from portal.web.permissions import ADMIN, may_call
from portal.web.site import site_settings
from portal.web.stop_many import stop_many
from portal.web.unit_of_work import reading

ASK, ASK_PAGE, CLOSED_DIALOG = "admin/keys/_ask.html", "admin/keys/ask.html", "profile/credentials/_dialog.html"


class Picked(NamedTuple):
    """What is to be acted on: ids, how many match, how many people own them, and what the form carries on.

    `left` are those that were ticked too and that the act would not change.
    """

    ids: list[int]
    matching: Count
    owners: int
    carried: dict[str, list[str]]
    left: int


@bp.post("/keys/ask")
@may_call(ADMIN)
def ask_stop() -> ResponseReturnValue:
    """Ask whether to stop the keys that are ticked, or everything that matches; changes nothing."""
    act, wanted = request.form.get("act", ""), asked(request.form)
    picked = _picked(reading(), act, wanted)
    return _question(act, wanted, picked, ReasonForm()) if picked.ids else _nothing(wanted)


@bp.post("/keys/stop")
@may_call(ADMIN)
def stop_keys() -> ResponseReturnValue:
    """Revoke or pause them: all, or none. When this is answered, no request with one is let in any more."""
    act, wanted, form = request.form.get("act", ""), asked(request.form), ReasonForm()
    picked = _picked(reading(), act, wanted)
    if not form.validate():
        return _question(act, wanted, picked, form, status=422)
    if not picked.ids:
        return _nothing(wanted)
    number = stop_many(act, picked.ids[: many.MOST_AT_ONCE], form.reason.data or None)
    said = _said(act, number, is_all=picked.matching.is_all)
    return (
        show_keys(wanted, say=said, focus=True, companions=(CLOSED_DIALOG,)) if is_partial() else go(wanted.url(), said)
    )


def _picked(session: Session, act: str, wanted: Asked) -> Picked:
    """Return the keys that the form ticks, as far as the act would change them."""
    if act not in many.ACTS:
        abort(422)
    if request.form.get("all") != "1":
        ticked = request.form.getlist("key")
        ids = many.ticked(session, ticked, many.ACTS[act])
        carried, left = {"key": ticked}, len(set(ticked)) - len(ids)
    else:
        upto = _whole(request.form.get("upto")) or finder.highest(session)
        ids = (
            [] if wanted.wrong else many.matching(session, wanted.sieve, site_settings(), upto=upto, act=many.ACTS[act])
        )
        carried, left = {"all": ["1"], "upto": [str(upto)]}, 0
    matching = Count(min(len(ids), MOST_COUNTED), len(ids) <= MOST_COUNTED)
    return Picked(ids, matching, many.owners(session, ids), carried, left)


def _question(act: str, wanted: Asked, picked: Picked, form: ReasonForm, status: int = 200) -> Response:
    answer = fragment_or_page(ASK, ASK_PAGE, act=act, wanted=wanted, picked=picked, form=form, status=status)
    return answer if status == 200 else retarget(answer, "#dialog", "innerHTML")  # noqa: PLR2004


def _nothing(wanted: Asked) -> Response:
    """Say that no key is ticked that the act would change."""
    said = _("Nothing to do: nothing is ticked, or it is revoked, expired or paused already.")
    if not is_partial():
        return go(wanted.url(), said)
    return retarget(show_keys(wanted, status=422, refused=said), "#keys", "outerHTML")


def _said(act: str, number: int, *, is_all: bool) -> str:
    said = {
        "revoke": ngettext(
            "Revoked %(num)d key. It is refused from now on.",
            "Revoked %(num)d keys. They are refused from now on.", number,
        ),
        "pause": ngettext(
            "Paused %(num)d key. It is refused until it is resumed.",
            "Paused %(num)d keys. They are refused until they are resumed.", number,
        ),
    }[act]  # fmt: skip
    return said if is_all else f"{said} {_('More of them match: press again for the rest.')}"


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < len(str(2**63)) else None


_ACT_WORDS: dict[str, Any] = {
    "pause": (_l("Pause selected"), "circle-pause", "btn-quiet"),
    "revoke": (_l("Revoke selected"), "ban", "btn-danger"),
}


@bp.context_processor
def act_words() -> dict[str, Any]:
    """Give the templates the acts, with their words, icons and looks."""
    return {"acts": _ACT_WORDS}
