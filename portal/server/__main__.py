"""Prepare everything, then become the supervisor.

The exec gives back the memory of the libraries that preparing needs; the supervisor runs for months and needs none.
"""

import os
import sys

from portal.config import load_settings
from portal.errors import CannotStart
from portal.server.voice import complain


def main() -> None:
    """Become the supervisor, or say in one line why not and exit with status 1."""
    try:
        settings = load_settings()
        from portal.server.prepare import prepare  # noqa: PLC0415  # slow: a wrong setting is told before it

        plan = prepare(settings)
    except CannotStart as error:
        complain(f"The portal cannot start. {error}")
        sys.exit(1)
    os.environ.pop("PORTAL_ADMIN_PASSWORD", None)
    os.execv(sys.executable, [sys.executable, "-P", "-m", "portal.server.supervisor", plan.to_json()])  # noqa: S606


if __name__ == "__main__":
    main()
