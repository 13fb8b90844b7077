"""What `flask` loads (see .flaskenv): the app, or one line on why there is none."""

import click
from flask import Flask

import portal
from portal.errors import CannotStart


def create_app() -> Flask:
    """Return the portal's app; a fault ends the command with one line on stderr and status 1."""
    try:
        return portal.create_app()
    except CannotStart as error:
        raise click.ClickException(str(error)) from None
