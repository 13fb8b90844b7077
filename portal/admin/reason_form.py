"""Why an admin does something, in words that whoever it meets will read."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import ValidationError

from portal.keys.reason import REASON_LIMIT, InvalidReason, clean_reason


class ReasonForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """A reason, which may be left out; what looks like a key is taken out of it."""

    reason = StringField(_l("Reason"), filters=[lambda text: (text or "").strip()])

    def validate_reason(self, field: StringField) -> None:
        """Refuse what cannot be shown."""
        try:
            field.data = clean_reason(field.data)
        except InvalidReason:
            sentence = _("A reason has at most %(n)d characters, all of them visible.", n=REASON_LIMIT)
            raise ValidationError(sentence) from None
