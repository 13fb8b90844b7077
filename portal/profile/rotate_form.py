"""The form by which a key is rotated: for how long its old secret works on."""

import secrets
from datetime import UTC, date, datetime, time, timedelta

from flask import request
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, IntegerField, RadioField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from portal import clock
from portal.keys.models import Key
from portal.keys.rotation import latest_overlap
from portal.profile.key_forms import FORM_ID, FORM_ID_LIMIT
from portal.site.settings import SiteSettings, end_of_day

NOW, ANOTHER_DAY = "now", "day"
OVERLAPS = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
DEFAULT = ("24h", "1h", NOW)  # the first that fits into what is left of the key's life


class RotateForm(FlaskForm):  # type: ignore[misc]
    """How long the old secret works on; `version` is that of the key as the form showed it."""

    overlap = RadioField(validators=[InputRequired(_l("Choose how long the old secret works on."))])
    day = DateField(_l("Last day of the old secret"), validators=[Optional()])
    version = IntegerField(validators=[InputRequired()])
    form_id = HiddenField(validators=[InputRequired(), Length(max=FORM_ID_LIMIT), Regexp(FORM_ID)])

    def __init__(self, key: Key, site: SiteSettings) -> None:
        """Offer the overlaps that end before the key does."""
        self.now = clock.now()
        self.latest = latest_overlap(key, self.now, site)
        offered = [NOW, ANOTHER_DAY, *(value for value, _ends in self.offers())]
        wished = request.args.get("overlap")
        default = next(value for value in (wished, *DEFAULT) if value in offered)
        super().__init__(data={"overlap": default, "version": key.version, "form_id": secrets.token_urlsafe(16)})
        self.overlap.choices = [(value, value) for value in offered]
        if self.overlap.data == ANOTHER_DAY:
            self.day.validators = [InputRequired(_("Choose the last day of the old secret."))]

    def offers(self) -> list[tuple[str, datetime]]:
        """Return each overlap on offer with the moment at which it ends."""
        return [(name, self.now + span) for name, span in OVERLAPS.items() if self.now + span <= self.latest]

    @property
    def first_day(self) -> date:
        """The first day on which an overlap may end: today, UTC."""
        return self.now.date()

    @property
    def last_day(self) -> date:
        """The last day on which an overlap may end: that of the key."""
        return self.latest.date()

    def validate_day(self, field: DateField) -> None:
        """Hold a chosen day to the key's own end."""
        chosen = self.overlap.data == ANOTHER_DAY
        if chosen and field.data is not None and not self.first_day <= field.data <= self.last_day:
            days = {"first": format_date(self.first_day, "d MMM y"), "last": format_date(self.last_day, "d MMM y")}
            raise ValidationError(_("Choose a day from %(first)s to %(last)s: the key ends then.") % days)

    def ends(self) -> datetime | None:
        """Return when the old secret shall stop; None is now. A chosen day counts to its end, UTC."""
        if self.overlap.data == NOW:
            return None
        if self.overlap.data == ANOTHER_DAY and self.day.data is not None:
            return end_of_day(datetime.combine(self.day.data, time(), UTC))
        return self.now + OVERLAPS[self.overlap.data]
