"""The name of a file or folder in the data store. Pure.

`.my/` in front stands for one's own data and may be left out: clients of the `data://.my/…` kind write it.
"""

import re

PART_LIMIT, DEPTH_LIMIT = 100, 8
SAMPLE, MINE = "sample", ".my"
RULE = (
    f"A name has at most {DEPTH_LIMIT} parts between slashes, each of 1 to {PART_LIMIT} letters a to z, digits, "
    "dots, hyphens and underscores; no part is . or .. itself."
)

_PART = re.compile(rf"(?!\.\.?$)[A-Za-z0-9._-]{{1,{PART_LIMIT}}}")


class WrongName(Exception):
    """What was sent is no name of a file or folder; the message is a sentence."""


def folder_path(text: str) -> str:
    """Return the canonical path of a folder, without a slash at its end; the empty one is the root.

    Raises:
        WrongName: a part of it is no name.

    """
    path = f"{text.removesuffix('/')}/".removeprefix(f"{MINE}/").removesuffix("/")
    parts = path.split("/") if path else []
    if len(parts) > DEPTH_LIMIT or MINE in parts[:1] or not all(map(_PART.fullmatch, parts)):
        raise WrongName(RULE)
    return path


def file_path(text: str) -> str:
    """Return the canonical path of a file; raises as `folder_path`."""
    path = folder_path(text)
    if not path or text.endswith("/"):
        raise WrongName(f"This names a folder, not a file. {RULE}")
    return path


def is_sample(path: str) -> bool:
    """Return whether `path` belongs to the data that everybody sees and nobody changes."""
    return path.partition("/")[0] == SAMPLE
