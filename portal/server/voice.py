"""How the server speaks to the person who started it: one plain line at a time."""

import sys


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    """Print a line about something that has to be mended."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
