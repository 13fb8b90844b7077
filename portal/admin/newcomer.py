"""The form by which an admin invites somebody, or adds an account for them."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from portal.errors import Refused
from portal.keys.token import PATTERN
from portal.web.account_fields import E_MAIL, EMAIL_ATTRIBUTES, EmailField
from portal.web.sentences import explain

INVITE, ADD = "invite", "add"


class AddressField(EmailField):
    """Somebody's e-mail address. A key that was pasted for one, or in front of its @, is not kept or shown."""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse a key, and what is no address."""
        if PATTERN.search(self.data or ""):
            self.data = ""
            raise StopValidation(explain(Refused("email-secret")))
        super().pre_validate(form)


class NewcomerForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """Whose account, and whether it is there at once. An admin gives nobody a password."""

    email = AddressField(E_MAIL, render_kw=EMAIL_ATTRIBUTES | {"autocomplete": "off"})
    how = RadioField(_l("When the account begins"), choices=[INVITE, ADD], default=INVITE)  # type: ignore[list-item]  # texts are choices
    is_admin = BooleanField(_l("May administer the portal"))
