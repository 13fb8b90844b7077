"""The commands: `flask users …`, `flask keys …`, `flask audit …`. Each calls one job of the heart."""

from flask import Flask

from portal.cli import audit, keys, users


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(users.users)
    app.cli.add_command(keys.keys)
    app.cli.add_command(audit.audit)
