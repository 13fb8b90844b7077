"""The forms of the door."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField

from portal.web.account_fields import (
    E_MAIL,
    EMAIL_ATTRIBUTES,
    NEW_PASSWORD_ATTRIBUTES,
    NEW_PASSWORD_HINT,
    PASSWORD,
    EmailField,
    NewPasswordField,
)  # fmt: skip


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """E-mail and password. Any string is taken; what an address is, is decided where accounts are made."""

    email = StringField(
        E_MAIL, render_kw={name: value for name, value in EMAIL_ATTRIBUTES.items() if name != "maxlength"}
    )
    password = PasswordField(PASSWORD, render_kw={"autocomplete": "current-password", "required": True})


class SignUpForm(FlaskForm):  # type: ignore[misc]
    """A new account."""

    email = EmailField(E_MAIL, render_kw=EMAIL_ATTRIBUTES)
    password = NewPasswordField(PASSWORD, description=NEW_PASSWORD_HINT, render_kw=NEW_PASSWORD_ATTRIBUTES)


class InvitationForm(FlaskForm):  # type: ignore[misc]
    """The password of someone who was invited."""

    password = NewPasswordField(PASSWORD, description=NEW_PASSWORD_HINT, render_kw=NEW_PASSWORD_ATTRIBUTES)
