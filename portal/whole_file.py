"""Files that are there as a whole or not at all, readable by their owner only."""

import os
import secrets
from pathlib import Path


def write_new(path: Path, content: bytes) -> bool:
    """Write the file unless there is one; return whether it was written.

    A second process that starts at the same moment neither sees half of it nor replaces it.
    """
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def replace(path: Path, content: bytes) -> None:
    """Write the file in place of the one that is there."""
    _draft(path, content).replace(path)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft
