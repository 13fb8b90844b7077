"""The forms of the account pages."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField

from portal.web.account_fields import NEW_PASSWORD_ATTRIBUTES, NEW_PASSWORD_HINT, NewPasswordField


class PasswordForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """The current password, and the one to have from now on."""

    current = PasswordField(_l("Current password"), render_kw={"autocomplete": "current-password", "required": True})
    new = NewPasswordField(_l("New password"), description=NEW_PASSWORD_HINT, render_kw=NEW_PASSWORD_ATTRIBUTES)


class DeleteAccountForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """The current password, once more."""

    current = PasswordField(_l("Current password"), render_kw={"autocomplete": "current-password", "required": True})
