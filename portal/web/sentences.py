"""Why something was refused, in one sentence for each reason: pages, shell and management API say the same."""

import math
from datetime import datetime
from typing import Any

from flask_babel import format_date, ngettext
from flask_babel import lazy_gettext as _l

from portal.accounts import passwords
from portal.accounts.throttle import Throttled
from portal.downloads.wanted import ABOUT_LIMIT, FORMAT_TEXT_LIMIT
from portal.errors import Refused
from portal.keys.names import NAME_LIMIT
from portal.policy.invalid import InvalidRule
from portal.policy.limits import Quota, Rate
from portal.policy.networks import NETWORKS_LIMIT
from portal.policy.origin import HOSTS_LIMIT
from portal.policy.resources import ENTRIES_LIMIT
from portal.site.settings import MOST_DAYS, SCHEMES_LIMIT

_SENTENCES = {
    "email-invalid": _l("This is not an e-mail address."),
    "email-secret": _l("This is a key, not an e-mail address. It was not kept; type the address."),
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
    "changed": _l("This key was changed elsewhere a moment ago. Look at it and try again."),
    "expiry-needed": _l("Choose when the key expires: this site allows none without an end."),
    "expiry-too-late": _l("That is too late: this key may last until %(longest)s."),
    "expiry-past": _l("That day is over."),
    "never-valid": _l("The key would end before it begins."),
    "rate-too-high": _l("This site allows at most %(ceiling)s."),
    "quota-too-high": _l("This site allows at most %(ceiling)s."),
    "expired": _l("This key has expired; generate it anew."),
    "overlap-past": _l("That is over already: choose a later end of the overlap."),
    "no-secret": _l("This key has no secret yet: get it first."),
    "session-key": _l("A session key lives and ends with its sign-in; it can only be revoked."),
    "management-key": _l(
        "A management key makes and stops whatever keys its owner has, so it is not handed over. "
        "Let your colleague make one of their own."
    ),
    "same-owner": _l("This person has the key already."),
    "person-unknown": _l("No account has this e-mail."),
    "person-disabled": _l("This account is disabled."),
    "sign-in-ended": _l("That came too late: you were signed out."),
    "revoked": _l("This key was revoked; it stays as it is."),
    "form-taken": _l("Somebody else has sent this form already. Open it anew."),
    "app-address": _l(
        "An app's address begins with https://, or with http:// on this machine, and has no user and no #."
    ),
    "app-key": _l(
        "A connected app got this key for its owner, and gets a fresh one by itself; it can only be revoked."
    ),
    "app-lifetime": _l("The keys of an app live for 5 minutes to 7 days, and no longer than the site allows."),
    "app-exists": _l("There is a connected app of this name already."),
    "no-living-key": _l("Generate an API key of your own first."),
    "code-invalid": _l("This code opens nothing."),
    "format-slug": _l(
        "%(text)s is no name for a format: small letters, digits and hyphens, and none that is there already."
    ),
    "format-exists": _l("There is a format named %(text)s already."),
    "format-file-name": _l("%(text)s is no name for a file: up to 64 letters, digits, dots, hyphens and underscores."),
    "format-about": _l("What is said of a format has at most %(n)d characters, all of them visible.", n=ABOUT_LIMIT),
    "format-quoting": _l("%(text)s is no way to quote: it is json, shell or word."),
    "format-text": _l("The text of a format has 1 to %(n)d characters.", n=FORMAT_TEXT_LIMIT),
    "format-dollar": _l(
        "The text has a $ that begins no variable: write $$ for a dollar sign, ${token} for a variable."
    ),
    "format-variable": _l("There is no variable ${%(text)s}."),
    "devdata-people": _l(
        "There are people here already (%(people)s). Fill the database of an empty data folder, or say --add."
    ),
    "devdata-unfinished": _l(
        "A fill was stopped half way: it left %(people)s people. Begin with an empty data folder, or say --add."
    ),
    "last-admin": _l("Nobody else could administer the portal: make another administrator first."),
    "new-keys-off": _l("New API keys cannot be made here at present. Those that there are go on working."),
    "sign-up-off": _l(
        "A link would open nothing: nobody may make an account here, as sign_up or PORTAL_SIGN_UP is off. "
        "Make the account with: flask users create."
    ),
    "site-changed": _l(
        "Somebody else has changed the settings meanwhile, and nothing was saved. Their changes are shown; what you "
        "changed stands as you typed it. Look, and save again."
    ),
    "setting-unknown": _l("There is no setting named %(name)s."),
    "default-too-high": _l("A new key cannot have a higher limit by default than a key may have."),
    "default-too-long": _l("A new key cannot live longer than the longest that a key may live."),
}
_RULES = {
    "resource": _l(
        "%(text)s is not a resource: write one as algo://owner/name, everything of an owner as algo://owner/*, "
        "everything of a scheme as algo://*."
    ),
    "resources": _l("The resources are a list: %(text)s is none."),
    "resources-too-many": _l(
        "These are %(text)s resources; a key lists at most %(n)d.", n=ENTRIES_LIMIT, text="%(text)s"
    ),
    "host": _l(
        "%(text)s is not a host: write one as example.org, *.example.org or localhost:3000, without a path, one a line."
    ),
    "host-too-wide": _l("%(text)s is too wide: put at least one more name before the last, as in *.example.org."),
    "host-deviating": _l(
        "%(text)s means different hosts to different software: write it as xn--…, as browsers show it."
    ),
    "hosts-too-many": _l("These are %(text)s hosts; a key lists at most %(n)d.", n=HOSTS_LIMIT, text="%(text)s"),
    "origin-none": _l("Nobody could call with this key: allow native clients, web browsers, or both."),
    "origin": _l("%(text)s does not say where calls may come from: it has native, yes or no, and hosts, a list."),
    "network": _l("%(text)s is not an address or a network: write one as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32."),
    "networks": _l("The networks are a list: %(text)s is none."),
    "networks-too-many": _l(
        "These are %(text)s networks; a key lists at most %(n)d.", n=NETWORKS_LIMIT, text="%(text)s"
    ),
    "data-access": _l("%(text)s is not a data access: it is none, read or write."),
    "policy": _l("The rules are networks, origin, resources, data, rate and quota, and no others."),
    "rate": _l(
        "%(text)s is not a rate: it is a whole number up to 1,000,000,000 and second, minute or hour, as 100/minute."
    ),
    "quota": _l("%(text)s is not a quota: it is a whole number up to 1,000,000,000 and day or month, as 10000/day."),
    "count": _l("%(text)s is not a number of calls: write a whole number from 1 to 1,000,000,000."),
    "days": _l("%(text)s is not a number of days from 1 to %(n)d.", n=MOST_DAYS, text="%(text)s"),
    "setting": _l("%(text)s is not written as text, as the value of a setting is."),
    "yes-or-no": _l("%(text)s is neither yes nor no."),
    "sign-up": _l("%(text)s does not say who may make an account: it is off, invite, open or as-started."),
    "scheme": _l("%(text)s is not a scheme: it has small letters, digits, dots, + and -, and begins with a letter."),
    "schemes": _l("These are %(text)s schemes; a site has 1 to %(n)d.", n=SCHEMES_LIMIT, text="%(text)s"),
}
_NOTHING = _l("An empty text")


def explain(refused: Refused) -> str:
    """Return the sentence for what a job behind a form refused; needs an app context."""
    if refused.reason == "setting-invalid":
        return explain_rule(InvalidRule(refused.detail["reason"], refused.detail["text"]))
    return str(_SENTENCES[refused.reason]) % {name: _shown(value) for name, value in refused.detail.items()}


def explain_rule(error: InvalidRule) -> str:
    """Return the sentence for a rule or a setting that cannot be read, with what was written; needs an app context."""
    return str(_RULES[error.reason]) % {"text": error.text.strip() or str(_NOTHING)}


def _shown(value: Any) -> str:
    """Return a detail of a refusal as a sentence shows it: of a key its public id, of a moment its day."""
    if isinstance(value, datetime):
        return str(format_date(value, "d MMM y"))
    if isinstance(value, Rate | Quota):
        return value.plain()
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
