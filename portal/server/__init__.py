"""Everything that starts, watches and stops the portal. `script/server` runs `python -m portal.server`."""
