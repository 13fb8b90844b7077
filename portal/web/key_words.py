"""What templates that show a key call: its status, its real end, its rules and their sentence."""

from datetime import datetime

from flask import Flask
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape

from portal import clock
from portal.keys.models import Key
from portal.keys.status import Status, status_of
from portal.policy.policy import Policy
from portal.site.settings import DAY, end_of_day
from portal.web.banner_sentences import who
from portal.web.sentence import Draft, sentence
from portal.web.site import site_settings


def init_app(app: Flask) -> None:
    """Give the functions to every template."""
    app.jinja_env.globals.update(
        status_of=_status_of, ends_of=_ends_of, sentence_of=_sentence_of, policy_of=_policy_of, who=who,
        default_days=_default_days,
    )  # fmt: skip


def _status_of(key: Key, moment: datetime) -> Status:
    return status_of(key, moment, site_settings())


def _ends_of(key: Key) -> datetime | None:
    return site_settings().ends(key.created_at, key.expires_at)


def _sentence_of(key: Key) -> Markup:
    ends = _ends_of(key)
    if key.secret_made_at is None and key.expires_at is None:
        ends = end_of_day(clock.now() + _default_days() * DAY)
    policy = _policy_of(key)
    if policy is None:
        return escape(_("The rules of this key cannot be read; a request with it is not let in."))
    draft = Draft(key.name, policy, key.not_before, ends, key.kind)
    return sentence(draft, is_readers=_is_readers(key))


def _is_readers(key: Key) -> bool:
    """Return whether the key is of the person whose page it stands on."""
    return bool(current_user.is_authenticated and current_user.person.id == key.owner_id)


def _policy_of(key: Key) -> Policy | None:
    """Return the rules of a key; None where they cannot be read."""
    return Policy.readable(key.policy)


def _default_days() -> int:
    return site_settings().default_days
