"""The secrets of an installation are there and are secrets, or nothing starts."""

import pytest

from portal.errors import CannotStart


@pytest.mark.parametrize("name", ["session_key", "service_token"])
@pytest.mark.parametrize("content", [b"", b"\n", b"short", b" " * 40, b"\xff"])
def test_a_secret_that_is_none_stops_the_start(folder, name, content):
    (folder.path / "secrets" / name).write_bytes(content)

    with pytest.raises(CannotStart, match=f"{name} is damaged: a secret has at least 20 characters"):
        folder.prepare()


def test_a_secret_that_was_removed_is_made_anew(folder):
    before = folder.session_key()
    (folder.path / "secrets" / "session_key").unlink()

    folder.prepare()

    assert folder.session_key() != before
    assert len(folder.session_key()) >= 20


def test_the_folder_of_copies_is_for_its_owner_only(folder):
    (folder.path / "copies").mkdir(mode=0o755)

    assert folder.copies().stat().st_mode & 0o777 == 0o700
