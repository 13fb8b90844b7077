"""What an admin may change while the portal runs; and, to read, what it was started with."""

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.admin import bp
from portal.admin.settings_form import CHOICES, SettingsForm
from portal.config import Settings
from portal.keys.ended_by import Ended, ended_by
from portal.site import change
from portal.site.settings import Shape
from portal.web.htmx import fragment_or_page, go, is_partial
from portal.web.permissions import ADMIN, may_call
from portal.web.portal import portal
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, admin_still

PAGE, FORM = "admin/settings/page.html", "admin/settings/_settings.html"
_MOST_DIGITS = 18


@bp.get("/settings")
@may_call(ADMIN)
def settings() -> ResponseReturnValue:
    """Show every setting as it is."""
    return _show(_form())


@bp.post("/settings")
@may_call(ADMIN)
def change_settings() -> ResponseReturnValue:
    """Change what differs: all of it, or nothing. Everything that is judged from now on obeys.

    What would end living keys at once is asked about first, and saved when the same is sent again.
    """
    ended = _ended()
    with writing() as session:
        admin_still(session)
        form = SettingsForm(change.current(session), change.version(session), request.form)
        refused = change.change_all(session, actor(), form.texts(), seen=_seen())
        if must_ask := not refused and ended and not form.is_confirmed:
            session.rollback()
        else:
            number = change.version(session) - form.version
    if refused:
        form.refuse(refused)
        return _show(form, 422)
    if must_ask:
        form.ask(ended)
        return _show(form, 422)
    said = ngettext("Saved: %(num)d setting changed.", "Saved: %(num)d settings changed.", number)
    said = said if number else _("Nothing was changed.")
    return _show(_form(), say=said, focus=True) if is_partial() else go(url_for("admin.settings"), say=said)


def _form() -> SettingsForm:
    session = reading()
    return SettingsForm(change.current(session), change.version(session))


def _ended() -> Ended:
    """Count the living keys that what was sent would end. Slow, so it is done before anybody is kept from writing."""
    session = reading()
    before = change.current(session)
    after = SettingsForm(before, change.version(session), request.form).site()
    return Ended() if after is None else ended_by(session, before, after)


def _seen() -> int:
    """Return the version that the page showed; nonsense is none that ever was."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else -1


def _show(form: SettingsForm, status: int = 200, **answer: Any) -> Response:
    return fragment_or_page(FORM, PAGE, status=status, form=form, started=_started(portal().settings), **answer)


def _started(settings: Settings) -> list[tuple[str, str, str]]:
    """Return what the portal was started with and an admin wants to know: name, value, variable. No secret is in it."""
    proxies = ", ".join(map(str, settings.trusted_proxies))
    yes, no = _("yes"), _("no")
    return [
        (_("Address of the portal"), settings.site_url, "PORTAL_PUBLIC_URL"),
        (_("Protected API"), settings.endpoint_url, "PORTAL_API_ENDPOINT"),
        (_("Its documentation"), settings.docs_url or _("none"), "PORTAL_API_DOCS_URL"),
        (_("Name of the site"), settings.site_name, "PORTAL_SITE_NAME"),
        (_("Prefix of keys"), settings.key_prefix, "PORTAL_KEY_PREFIX"),
        (_("Who may sign up, at first"), str(CHOICES[Shape.SIGN_UP][settings.sign_up.value]), "PORTAL_SIGN_UP"),
        (_("Trusted proxies"), proxies or _("none"), "PORTAL_TRUSTED_PROXIES"),
        (_("Kind of proxy"), settings.proxy_kind.value, "PORTAL_PROXY_KIND"),
        (_("Proxies state what a request needs"), yes if settings.forwarded_needs else no, "PORTAL_FORWARDED_NEEDS"),
        (_("Rates are counted in Redis"), yes if settings.redis_url else no, "PORTAL_REDIS_URL"),
        (_("Processes that serve pages"), str(settings.workers), "PORTAL_WORKERS"),
    ]
