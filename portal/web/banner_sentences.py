"""The sentence of each kind of banner."""

import json
from typing import Any

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal.accounts.models import Banner
from portal.audit.events import PORTAL, SHELL

_SENTENCES: dict[str, Any] = {
    "key-revoked": _l("Your key “%(name)s” (%(public_id)s) was revoked on %(day)s by %(by)s"),
    "keys-revoked": _l("Your keys %(names)s were revoked on %(day)s by %(by)s"),
    "key-paused": _l("Your key “%(name)s” (%(public_id)s) was paused on %(day)s by %(by)s, and you can resume it"),
    "keys-paused": _l("Your keys %(names)s were paused on %(day)s by %(by)s, and you can resume them"),
    "keys-handed-over": _l(
        "Handed over on %(day)s to %(to)s by %(by)s: %(names)s. What uses them works on, under that account."
    ),
    "keys-received": _l(
        "Yours since %(day)s, handed over by %(by)s: %(names)s. %(earlier)s, who had them, may still know their "
        "secrets: rotate each, with an overlap, so that what uses it has time for the new one."
    ),
    "keys-received-paused": _l(
        "Yours since %(day)s, handed over by %(by)s: %(names)s. They are paused, as the account of %(earlier)s, who "
        "had them and may still know their secrets, is disabled. Rotate each, then resume it."
    ),
}
_WITH_REASON = {"key-revoked", "keys-revoked", "key-paused", "keys-paused"}


def who(label: str | None) -> str:
    """Return how to call an actor before a person: themselves "you", and nobody knows who "shell" is."""
    if label == current_user.person.email:
        return str(_("you"))
    if label in {SHELL.label, None}:
        return str(_("an administrator"))
    return str(_("the portal")) if label == PORTAL.label else str(label)


def banner_sentence(banner: Banner) -> str:
    """Return what `banner` tells the person, as plain text."""
    told: dict[str, Any] = json.loads(banner.body)
    told["by"] = who(told.get("by"))
    told["day"] = format_date(banner.made_at, "d MMM y")
    if banner.kind not in _SENTENCES:
        return str(told.get("text", banner.kind))
    if "names" in told:
        told["names"] = _names(told)
    said = str(_SENTENCES[banner.kind]) % told
    if banner.kind not in _WITH_REASON:
        return said
    return str(_("%(said)s: “%(reason)s”", said=said, reason=told["reason"])) if told.get("reason") else f"{said}."


def _names(told: dict[str, Any]) -> str:
    """Name the first few keys of a banner about several, and say how many more there are."""
    named = ", ".join(f"“{name}”" for name in told["names"])
    more = told["count"] - len(told["names"])
    if not more:
        return str(named)
    return str(ngettext("%(names)s and one more", "%(names)s and %(num)d more", more, names=named))
