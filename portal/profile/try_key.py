"""Trying a key that was just made: the same verdict that an API would get."""

from flask import abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.errors import Unavailable
from portal.gateway.guard import verdict_on
from portal.keys import finder
from portal.policy.facts import Facts
from portal.policy.reasons import Reason
from portal.profile import bp
from portal.profile.key_forms import DownloadForm
from portal.verification.verdict import Refused
from portal.web.htmx import fragment_or_page
from portal.web.permissions import PERSON, may_call
from portal.web.portal import portal
from portal.web.unit_of_work import reading
from portal.web.who import address, me

FRAGMENT, PAGE = "profile/credentials/_tried.html", "profile/credentials/tried.html"


@bp.post("/profile/api-credentials/<public_id>/try")
@may_call(PERSON)
def try_key(public_id: str) -> ResponseReturnValue:
    """Say whether a request with this token from here is let in. The token comes from the page that shows it."""
    form, session = DownloadForm(), reading()
    key = finder.owned(session, me(session).id, public_id) or abort(404)
    opened = finder.by_token(session, portal().peppers, form.token.data or "") if form.validate_on_submit() else None
    if opened is None or opened.id != key.id:
        abort(422)
    passed, sentence = _try(form.token.data or "")
    return fragment_or_page(FRAGMENT, PAGE, key=key, passed=passed, sentence=sentence)


def _try(token: str) -> tuple[bool, str]:
    facts = Facts(address=address(), method="GET", any_key=True)
    try:
        verdict = verdict_on(token, facts)
    except Unavailable:
        return False, _("That cannot be known just now. Try again in a moment.")
    if isinstance(verdict, Refused) and verdict.reason is Reason.ORIGIN_NOT_ALLOWED:
        return False, _(
            "Refused, as it should be: this test asks as a program does, and only web pages may call with this key."
        )
    if isinstance(verdict, Refused):
        return False, _("Refused: %(detail)s", detail=verdict.reason.detail)
    return True, _(
        "It works: a request with this key from your address, %(address)s, is let in.", address=facts.address
    )
