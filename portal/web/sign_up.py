"""Who may make an account at this moment: what an admin has set, else what the portal was started with."""

from portal.config import SignUp
from portal.site.settings import SignUpRule
from portal.web.portal import portal
from portal.web.site import site_settings


def who_may_sign_up() -> SignUp:
    """Return who may make an account."""
    rule = site_settings().sign_up
    return portal().settings.sign_up if rule is SignUpRule.AS_STARTED else SignUp(rule.value)
