"""The first admin, made when there is no account at all."""

import secrets

from portal.accounts import membership
from portal.audit.events import PORTAL
from portal.config import Settings
from portal.errors import CannotStart, Refused
from portal.server.voice import say
from portal.web.unit_of_work import writing

_PASSWORD_BYTES = 15


def make_first_admin(settings: Settings) -> None:
    """Make the admin of the settings, unless somebody has an account; say the password if it was generated.

    An app context must be open, and only one process may be here at a time.

    Raises:
        CannotStart: the settings' e-mail is none, or their password is weak.

    """
    with writing() as session:
        if membership.count(session):
            return
    password, source = _password(settings)
    password_hash = _hash(password, settings.admin_email)
    with writing() as session:
        made = membership.create(session, PORTAL, settings.admin_email, password_hash, is_admin=True)
        if isinstance(made, Refused):
            raise CannotStart(f"PORTAL_ADMIN_EMAIL: {settings.admin_email} is not an e-mail address.")
    say(f"The first admin is {settings.admin_email}, with the password {source}")


def _password(settings: Settings) -> tuple[str, str]:
    """Return the password, and how to speak of it."""
    if settings.admin_password is not None:
        return settings.admin_password.get_secret_value(), "of PORTAL_ADMIN_PASSWORD."
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    return password, f"{password} (shown only now)"


def _hash(password: str, email: str) -> bytes:
    from portal.accounts import passwords  # noqa: PLC0415  # its word lists take half a second, and most starts need none

    weakness = passwords.weakness(password, email)
    if weakness is not None:
        raise CannotStart(f"PORTAL_ADMIN_PASSWORD: this password is {weakness.replace('-', ' ')}. Choose another.")
    return passwords.hash_password(password)
