"""What the texts of a key and its site come to, worked out once for each pair of them."""

from typing import NamedTuple

from portal.policy.limits import Quota, Rate
from portal.policy.policy import Policy, kept
from portal.site.settings import SiteSettings


class Rules(NamedTuple):
    """The policy of a key under the settings of its site, and all that it may spend."""

    policy: Policy
    site: SiteSettings
    rates: tuple[Rate, ...]
    quotas: tuple[Quota, ...]


@kept
def rules_of(policy: str, site: str) -> Rules:
    """Return the rules of a key with this policy on a site with these settings, both as JSON.

    The site's ceilings hold for every key, also for one without a limit or with one from before the ceiling, and are
    counted even where the key's own limit is lower: that one may be gone tomorrow.
    """
    own, of_site = Policy.from_text(policy), SiteSettings.from_text(site)
    rates, quotas = [own.rate, of_site.rate_ceiling], [own.quota, of_site.quota_ceiling]
    return Rules(own, of_site, tuple(rate for rate in rates if rate), tuple(quota for quota in quotas if quota))
