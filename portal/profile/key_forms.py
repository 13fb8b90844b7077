"""The forms of the API credentials page. Field limits stand in docs/validation.md, checked by a test."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from portal import clock
from portal.errors import Refused
from portal.keys.models import Key
from portal.policy.policy import Policy
from portal.profile.rules_form import ANOTHER_DAY, NEVER, RulesForm, shown_rules
from portal.site.settings import DAY, SiteSettings, end_of_day
from portal.web.sentence import Draft

KEEP = "keep"
FORM_ID_LIMIT = 64
FORM_ID = re.compile(r"[A-Za-z0-9_-]+\Z")  # no colon: those of the management API have one
TOKEN_LIMIT = 128


class NewKeyForm(RulesForm):
    """A new key; `form_id` makes sure that one form makes one key."""

    kind = RadioField(_l("Kind"), choices=["standard", "management"])  # type: ignore[list-item]  # older stubs
    form_id = HiddenField(validators=[InputRequired(), Length(max=FORM_ID_LIMIT), Regexp(FORM_ID)])

    def __init__(self, site: SiteSettings, like: Key | None = None) -> None:
        """Begin with the site's defaults, or with what `like`, which has expired, was."""
        first: Mapping[str, Any] = {"expiry": str(site.default_days), "kind": "standard"}
        policy = site.new_policy() if like is None else Policy.from_text(like.policy)
        if like is not None:
            first = {**first, "name": like.name, "kind": like.kind}
        shown = {"form_id": secrets.token_urlsafe(16), **shown_rules(policy), **first}
        super().__init__(site, clock.now(), shown)

    def presets(self) -> list[tuple[str, datetime]]:
        """Return each lifetime on offer, in days, with the day on which it ends."""
        days = sorted({*self.site.presets(), self.site.default_days})
        return [(str(count), self.now + count * DAY) for count in days]

    def expiries(self) -> list[str]:
        """Return the values that `expiry` can have."""
        never = [NEVER] if self.site.no_expiry else []
        return [*(value for value, _day in self.presets()), ANOTHER_DAY, *never]

    def expires_at(self) -> datetime | None:
        """Return the moment at which the key will end: the end of the chosen day, UTC."""
        if self.expiry.data == NEVER:
            return None
        if self.expiry.data == ANOTHER_DAY:
            return self._chosen_day()
        return end_of_day(self.now + int(self.expiry.data) * DAY)

    def draft(self) -> Draft:
        """Return what a valid form asks for."""
        return replace(super().draft(), kind=self.kind.data)


class EditKeyForm(RulesForm):
    """The rules and dates of a key, and the version that the page showed."""

    version = IntegerField(validators=[InputRequired()])

    def __init__(self, site: SiteSettings, key: Key) -> None:
        """Show the key as it is, unless the form was sent."""
        self._expires_at, self._not_before, self._waits = key.expires_at, key.not_before, key.secret_made_at is None
        ends = None if self._waits and key.expires_at is None else site.ends(key.created_at, key.expires_at)
        dates = {"day": ends and ends.date(), "not_before": key.not_before and key.not_before.date()}
        shown = shown_rules(Policy.from_text(key.policy)) | dates
        begun = clock.now() if self._waits else key.created_at
        super().__init__(site, begun, shown | {"name": key.name, "expiry": KEEP, "version": key.version})

    def expiries(self) -> list[str]:
        """Return the values that `expiry` can have."""
        return [KEEP, ANOTHER_DAY, *([NEVER] if self.site.no_expiry else [])]

    def expires_at(self) -> datetime | None:
        """Return the moment at which the key will end."""
        if self.expiry.data == KEEP and self._waits:
            return self._expires_at
        if self.expiry.data == KEEP:
            return self.site.ends(self.created_at, self._expires_at)
        return None if self.expiry.data == NEVER else self._chosen_day()

    def beyond(self) -> Refused | None:
        """Return in what the key would go beyond what the site allows; one that waits for its secret needs no end."""
        refusal = super().beyond()
        return None if self._waits and refusal is not None and refusal.reason == "expiry-needed" else refusal

    def _begins(self) -> datetime | None:
        """Return the beginning: the shown day left as it is means the very moment that it was."""
        kept = self._not_before
        return kept if kept is not None and self.not_before.data == kept.date() else super()._begins()


class RenameForm(FlaskForm):  # type: ignore[misc]
    """The new name of a key, and the version that the page showed."""

    name = StringField(_l("Name"))
    version = IntegerField(validators=[Optional()])


class DownloadForm(FlaskForm):  # type: ignore[misc]
    """The token that goes into the file. It is checked against its digest and kept nowhere."""

    token = HiddenField(validators=[InputRequired(), Length(max=TOKEN_LIMIT)])
