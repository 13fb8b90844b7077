"""The form by which an admin invites somebody, or adds an account for them."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField

from portal.web.account_fields import E_MAIL, EMAIL_ATTRIBUTES, EmailField

INVITE, ADD = "invite", "add"


class NewcomerForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """Whose account, and whether it is there at once. An admin gives nobody a password."""

    email = EmailField(E_MAIL, render_kw=EMAIL_ATTRIBUTES | {"autocomplete": "off"})
    how = RadioField(_l("When the account begins"), choices=[INVITE, ADD], default=INVITE)  # type: ignore[list-item]  # texts are choices
    is_admin = BooleanField(_l("May administer the portal"))
