"""The sentence of each kind of banner."""

import json

from flask_babel import gettext as _

from portal.accounts.models import Banner


def banner_sentence(banner: Banner) -> str:
    """Return what `banner` tells the person, as plain text."""
    told = json.loads(banner.body)
    if banner.kind == "key-revoked" and told.get("reason"):
        return str(_("%(name)s (%(public_id)s) was revoked by %(by)s: “%(reason)s”") % told)
    if banner.kind == "key-revoked":
        return str(_("%(name)s (%(public_id)s) was revoked by %(by)s.") % told)
    return str(told.get("text", banner.kind))
