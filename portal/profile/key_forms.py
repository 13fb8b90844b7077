"""The forms of the API credentials page. Field limits stand in docs/validation.md, checked by a test."""

import secrets
from datetime import UTC, date, datetime, time

from flask_babel import format_date, lazy_gettext
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal import clock
from portal.site.settings import DAY, SiteSettings, end_of_day

ANOTHER_DAY = "day"
FORM_ID_LIMIT = 64
TOKEN_LIMIT = 128


class NewKeyForm(FlaskForm):  # type: ignore[misc]
    """Name and expiry of a new key; `form_id` makes sure that one form makes one key."""

    name = StringField(lazy_gettext("Name"))
    expiry = RadioField(lazy_gettext("Expires"), validators=[InputRequired(lazy_gettext("Choose when it expires."))])
    day = DateField(lazy_gettext("Last day"), validators=[Optional()])
    form_id = HiddenField(validators=[InputRequired(), Length(max=FORM_ID_LIMIT)])

    def __init__(self, site: SiteSettings) -> None:
        """Offer the lifetimes that the site allows."""
        self.site = site
        self.now = clock.now()
        super().__init__(data={"expiry": str(site.default_days), "form_id": secrets.token_urlsafe(16)})
        values = [*(value for value, _day in self.presets()), ANOTHER_DAY]
        self.expiry.choices = [(value, value) for value in values]
        if self.expiry.data == ANOTHER_DAY:
            self.day.validators = [InputRequired(_("Choose the last day of the key."))]

    def presets(self) -> list[tuple[str, datetime]]:
        """Return each lifetime on offer, in days, with the day on which it ends."""
        return [(str(days), self.now + days * DAY) for days in self.site.presets()]

    @property
    def first_day(self) -> date:
        """The first day on which a key may end: today, UTC."""
        return self.now.date()

    @property
    def last_day(self) -> date:
        """The last day on which a key may end."""
        return self.site.longest(self.now).date()

    def validate_day(self, field: DateField) -> None:
        """Hold a chosen day to the ceiling."""
        if field.data is not None and not self.first_day <= field.data <= self.last_day:
            sentence = _("Choose a day from %(first)s to %(last)s.")
            days = {"first": format_date(self.first_day, "d MMM y"), "last": format_date(self.last_day, "d MMM y")}
            raise ValidationError(sentence % days)

    def expires_at(self) -> datetime:
        """Return the moment at which the key will end: the end of the chosen day, UTC."""
        if self.expiry.data == ANOTHER_DAY and self.day.data is not None:
            return end_of_day(datetime.combine(self.day.data, time(), UTC))
        return end_of_day(self.now + int(self.expiry.data) * DAY)


class RenameForm(FlaskForm):  # type: ignore[misc]
    """The new name of a key, and the version that the page showed."""

    name = StringField(lazy_gettext("Name"))
    version = IntegerField(validators=[Optional()])


class DownloadForm(FlaskForm):  # type: ignore[misc]
    """The token that goes into the file. It is checked against its digest and kept nowhere."""

    token = HiddenField(validators=[InputRequired(), Length(max=TOKEN_LIMIT)])
