"""An e-mail address: what may be one, and when two are the same person's."""

import unicodedata

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

EMAIL_LIMIT = 254

# A self-hosted portal lives in `corp.local` as well as on the public net; the library says to shorten its list.
for _name in {"local", "localhost"} & set(SPECIAL_USE_DOMAIN_NAMES):
    SPECIAL_USE_DOMAIN_NAMES.remove(_name)


class InvalidEmail(ValueError):
    """The text is no e-mail address; the message says why."""


def clean_email(text: str) -> str:
    """Return the address in the form in which it is shown and stored. Asks no name server.

    Raises:
        InvalidEmail: the text is no address.

    """
    try:
        return validate_email(text.strip(), check_deliverability=False, globally_deliverable=False).normalized
    except (EmailNotValidError, UnicodeError) as error:
        raise InvalidEmail(str(error)) from None


def fold_email(text: str) -> str:
    """Return the form in which two spellings of one address are equal; takes any string."""
    storable = text.encode("utf-8", "replace").decode().replace("\0", "")
    return unicodedata.normalize("NFKC", storable.strip()).casefold()
