"""The commands: `flask users …`, `flask keys …`, `flask audit …`, `flask data …`. Each calls one job of the heart."""

from flask import Flask

from portal.cli import audit, data, keys, users


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(users.users)
    app.cli.add_command(keys.keys)
    app.cli.add_command(audit.audit)
    app.cli.add_command(data.data)
