"""Fields for an e-mail and for a new password, with the limits that hold wherever an account is made or changed."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, PasswordField, StringField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from portal.accounts import passwords
from portal.accounts.emails import EMAIL_LIMIT, InvalidEmail, clean_email


class EmailField(StringField):
    """An e-mail address, in the form in which it is stored."""

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002
        """Refuse what is no address."""
        try:
            self.data = clean_email(self.data or "")
        except InvalidEmail:
            raise StopValidation(str(_("This is not an e-mail address."))) from None


class NewPasswordField(PasswordField):
    """A password that is to guard an account from now on."""

    def check(self, email: str) -> bool:
        """Return whether the password may guard the account of `email`; says why not. Slow: never in a transaction."""
        weakness = passwords.weakness(self.data or "", email)
        if weakness is None:
            return True
        self.errors = [*self.errors, password_sentence(weakness)]
        return False


def password_sentence(weakness: str) -> str:
    """Return what to tell someone whose new password was refused for `weakness`."""
    sentences = {
        "too-short": _("Use at least %(n)d characters.", n=passwords.SHORTEST),
        "too-long": _("Use at most %(n)d characters.", n=passwords.LONGEST),
        "guessable": _("This password is easy to guess. Four or five words that do not belong together are better."),
    }
    return str(sentences[weakness])


def say_refused(field: Field, reason: str) -> None:
    """Put the sentence for a refusal of the accounts (`email-taken`, `email-invalid`) under `field`."""
    sentences: dict[str, Any] = {
        "email-taken": _("There is an account with this e-mail already."),
        "email-invalid": _("This is not an e-mail address."),
    }
    field.errors = [*field.errors, str(sentences[reason])]


EMAIL_ATTRIBUTES = {
    "autocomplete": "username", "inputmode": "email", "autocapitalize": "off", "spellcheck": "false",
    "maxlength": str(EMAIL_LIMIT), "required": True,
}  # fmt: skip
NEW_PASSWORD_ATTRIBUTES = {
    "autocomplete": "new-password", "minlength": str(passwords.SHORTEST), "maxlength": str(passwords.LONGEST),
    "required": True,
}  # fmt: skip
E_MAIL = _l("E-mail")
PASSWORD = _l("Password")
