"""The sentence of each kind of banner."""

import json

from flask_babel import gettext as _

from portal.accounts.models import Banner


def banner_sentence(banner: Banner) -> str:
    """Return what `banner` tells the person, as plain text."""
    told = json.loads(banner.body)
    if banner.kind == "key-revoked" and told.get("reason"):
        return _("%(name)s (%(id)s) was revoked by %(by)s: “%(reason)s”", id=told["public_id"], **_words(told))
    if banner.kind == "key-revoked":
        return _("%(name)s (%(id)s) was revoked by %(by)s.", id=told["public_id"], **_words(told))
    return str(told.get("text", banner.kind))


def _words(told: dict[str, str]) -> dict[str, str]:
    return {word: told[word] for word in ("name", "by", "reason") if told.get(word)}
