"""Why something was refused, in one sentence for each reason: pages and shell say the same."""

import math
from datetime import datetime
from typing import Any

from flask_babel import format_date, ngettext
from flask_babel import lazy_gettext as _l

from portal.accounts import passwords
from portal.accounts.throttle import Throttled
from portal.errors import Refused
from portal.keys.names import NAME_LIMIT

_SENTENCES = {
    "email-invalid": _l("This is not an e-mail address."),
    "email-taken": _l("There is an account with this e-mail already."),
    "too-short": _l("Use at least %(n)d characters.", n=passwords.SHORTEST),
    "too-long": _l("Use at most %(n)d characters.", n=passwords.LONGEST),
    "guessable": _l("This password is easy to guess. Four or five words that do not belong together are better."),
    "overtaken": _l("That came too late: your password was changed a moment ago, or you were signed out."),
    "name-empty": _l("Give the key a name that can be read."),
    "name-too-long": _l("A name has at most %(n)d characters.", n=NAME_LIMIT),
    "name-secret": _l("This is a key, not a name: a name is shown and logged. Say what will use the key."),
    "name-unprintable": _l("The name holds a character that cannot be seen. Type it again."),
    "name-taken": _l("The key %(key)s already has this name. Choose another, or revoke that key first."),
    "changed": _l("This key was renamed elsewhere a moment ago. Look at its name and try again."),
    "expiry-needed": _l("Choose when the key expires: this site allows none without an end."),
    "expiry-too-late": _l("That is too late: this key may last until %(longest)s."),
    "expiry-past": _l("That day is over."),
    "never-valid": _l("The key would end before it begins."),
    "rate-too-high": _l("This site allows at most %(ceiling)s."),
    "quota-too-high": _l("This site allows at most %(ceiling)s."),
    "expired": _l("This key has expired; generate it anew."),
    "overlap-past": _l("That is over already: choose a later end of the overlap."),
    "no-secret": _l("This key has no secret yet: get it first."),
    "sign-in-ended": _l("That came too late: you were signed out."),
    "revoked": _l("This key was revoked; it stays as it is."),
}


def explain(refused: Refused) -> str:
    """Return the sentence for what a job behind a form refused; needs an app context."""
    return str(_SENTENCES[refused.reason]) % {name: _shown(value) for name, value in refused.detail.items()}


def _shown(value: Any) -> str:
    """Return a detail of a refusal as a sentence shows it: of a key its public id, of a moment its day."""
    if isinstance(value, datetime):
        return str(format_date(value, "d MMM y"))
    return str(getattr(value, "public_id", value))


def wait(throttled: Throttled) -> str:
    """Return the sentence for a password that was tried too often."""
    minutes = math.ceil(throttled.retry_after / 60)
    return str(
        ngettext(
            "Too many wrong passwords. Try again in a minute.",
            "Too many wrong passwords. Try again in %(num)d minutes.",
            minutes,
        )
    )
