"""*What is an API key?*, with commands that are true for this installation."""

from urllib.parse import urlsplit

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.config import Settings
from portal.profile import bp
from portal.web.permissions import ANYONE, may_call
from portal.web.portal import portal


@bp.get("/help/api-keys")
@may_call(ANYONE)
def help_page() -> ResponseReturnValue:
    """Show the page; one need not be signed in to learn."""
    settings = portal().settings
    return render_template(
        "profile/help.html", address=example_address(settings), machine=netrc_machine(settings),
        picture=f"{settings.key_prefix}_7Hq2Wd9xKm",
    )  # fmt: skip


def example_address(settings: Settings) -> str:
    """Return an address to call: the sample API's *whoami*, or the endpoint where another API is served."""
    return settings.endpoint_url if settings.api_endpoint else f"{settings.endpoint_url}/whoami"


def netrc_machine(settings: Settings) -> str:
    """Return the API's host as `.netrc` names it, without a port."""
    return urlsplit(settings.endpoint_url).hostname or ""
