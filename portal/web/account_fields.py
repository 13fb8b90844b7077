"""Fields for an e-mail and for a new password, with the limits that hold wherever an account is made or changed."""

from flask_babel import lazy_gettext as _l
from wtforms import Field, PasswordField, StringField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from portal.accounts import passwords
from portal.accounts.emails import EMAIL_LIMIT, InvalidEmail, clean_email
from portal.errors import Refused
from portal.web.sentences import explain


class EmailField(StringField):
    """An e-mail address, in the form in which it is stored."""

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002
        """Refuse what is no address."""
        try:
            self.data = clean_email(self.data or "")
        except InvalidEmail:
            raise StopValidation(explain(Refused("email-invalid"))) from None


class NewPasswordField(PasswordField):
    """A password that is to guard an account from now on."""

    def check(self, email: str) -> bool:
        """Return whether the password may guard the account of `email`; says why not. Slow: never in a transaction."""
        weakness = passwords.weakness(self.data or "", email)
        if weakness is None:
            return True
        say_refused(self, Refused(weakness))
        return False


def say_refused(field: Field, refused: Refused) -> None:
    """Put the sentence for a refusal under `field`."""
    field.errors = [*field.errors, explain(refused)]


EMAIL_ATTRIBUTES = {
    "autocomplete": "username", "inputmode": "email", "autocapitalize": "off", "spellcheck": "false",
    "maxlength": str(EMAIL_LIMIT), "required": True,
}  # fmt: skip
NEW_PASSWORD_ATTRIBUTES = {
    "autocomplete": "new-password", "minlength": str(passwords.SHORTEST), "maxlength": str(passwords.LONGEST),
    "required": True,
}  # fmt: skip
NEW_PASSWORD_HINT = _l(
    "At least %(n)d characters. A few words that do not belong together make a good one.", n=passwords.SHORTEST
)
E_MAIL = _l("E-mail")
PASSWORD = _l("Password")
