"""Public ids as they are typed or piped into a command, and the keys that they name."""

import sys
from collections.abc import Sequence

from portal.cli.shell import fail, in_one_line, prepare
from portal.keys import finder
from portal.keys.finder import Standing
from portal.keys.reason import REASON_LIMIT, InvalidReason, clean_reason
from portal.web.pasted import without_secret
from portal.web.unit_of_work import reading, stop_reading


def typed_ids(arguments: Sequence[str]) -> list[str]:
    """Return the public ids, each once; a single - reads them from standard input, a pasted key is cut to its own."""
    texts = sys.stdin.read().split() if list(arguments) == ["-"] else arguments
    return list(dict.fromkeys(map(without_secret, texts)))


def look_up(public_ids: Sequence[str]) -> dict[str, Standing]:
    """Return how each key stands, or end the command where one is unknown. Nobody who writes waits for this."""
    prepare()
    with in_one_line():
        found = finder.standing(reading(), public_ids)
        stop_reading()
    for public_id in public_ids:
        if public_id not in found:
            fail(f"No key has the public id {public_id}.")
    return {public_id: found[public_id] for public_id in public_ids}


def typed_reason(text: str | None) -> str | None:
    """Return the reason as it is kept, or end the command."""
    try:
        return clean_reason(text)
    except InvalidReason:
        fail(f"A reason has at most {REASON_LIMIT} characters, all of them visible.")
