"""What an admin sees first."""

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.admin import bp
from portal.web.permissions import ADMIN, may_call


@bp.get("/")
@may_call(ADMIN)
def overview() -> ResponseReturnValue:
    """Show how the server is used."""
    return render_template("admin/overview.html")
