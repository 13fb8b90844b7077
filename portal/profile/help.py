"""*What is an API key?*"""

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.policy.reasons import Reason
from portal.profile import bp
from portal.profile.snippets import commands, programs
from portal.web.menu import default_key
from portal.web.permissions import ANYONE, may_call
from portal.web.portal import portal


@bp.get("/help/api-keys")
@may_call(ANYONE)
def help_page() -> ResponseReturnValue:
    """Show the page; one need not be signed in to learn."""
    settings = portal().settings
    return render_template(
        "profile/help.html", commands=commands(settings), programs=programs(settings, default_key()), reasons=Reason
    )
