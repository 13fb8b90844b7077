"""`flask users`, `keys`, `apps`, `formats`, `settings`, `audit`, `access`, `data`, `devdata`.

Each command calls one job of the heart.
"""

from flask import Flask

from portal.cli import access, apps, audit, data, devdata, formats, hand_over_keys, keys, move, settings, users


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(users.users)
    keys.keys.add_command(hand_over_keys.hand_over_keys)
    app.cli.add_command(keys.keys)
    app.cli.add_command(apps.apps)
    app.cli.add_command(formats.formats)
    app.cli.add_command(settings.settings)
    app.cli.add_command(audit.audit)
    app.cli.add_command(access.access)
    data.data.add_command(move.move)
    app.cli.add_command(data.data)
    app.cli.add_command(devdata.devdata)
