"""The sentence of each kind of banner."""

import json

from flask_babel import format_date
from flask_babel import gettext as _
from flask_login import current_user

from portal.accounts.models import Banner
from portal.audit.events import PORTAL, SHELL


def who(label: str | None) -> str:
    """Return how to call an actor before a person: themselves "you", and nobody knows who "shell" is."""
    if label == current_user.person.email:
        return str(_("you"))
    if label in {SHELL.label, None}:
        return str(_("an administrator"))
    return str(_("the portal")) if label == PORTAL.label else str(label)


def banner_sentence(banner: Banner) -> str:
    """Return what `banner` tells the person, as plain text."""
    told = json.loads(banner.body)
    told["by"] = who(told.get("by"))
    told["day"] = format_date(banner.made_at, "d MMM y")
    if banner.kind == "key-revoked" and told.get("reason"):
        return str(_("Your key “%(name)s” (%(public_id)s) was revoked on %(day)s by %(by)s: “%(reason)s”") % told)
    if banner.kind == "key-revoked":
        return str(_("Your key “%(name)s” (%(public_id)s) was revoked on %(day)s by %(by)s.") % told)
    return str(told.get("text", banner.kind))
