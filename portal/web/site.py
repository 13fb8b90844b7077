"""The site's settings, read once for a request."""

from flask import g

from portal.site import change
from portal.site.settings import SiteSettings
from portal.web.unit_of_work import reading


def site_settings() -> SiteSettings:
    """Return what an admin has set; a job that writes reads it again in its own transaction."""
    if "site_settings" not in g:
        g.site_settings = change.current(reading())
    settings: SiteSettings = g.site_settings
    return settings
