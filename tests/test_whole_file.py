import stat

from portal.whole_file import replace, write_new


def test_a_new_file_is_for_its_owner_only(tmp_path):
    assert write_new(tmp_path / "file", b"mine")

    assert (tmp_path / "file").read_bytes() == b"mine"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_replaced_by_a_new_one(tmp_path):
    write_new(tmp_path / "file", b"first")

    assert not write_new(tmp_path / "file", b"second")
    assert (tmp_path / "file").read_bytes() == b"first"


def test_a_file_can_be_replaced(tmp_path):
    write_new(tmp_path / "file", b"first")

    replace(tmp_path / "file", b"second")

    assert (tmp_path / "file").read_bytes() == b"second"


def test_no_draft_is_left(tmp_path):
    write_new(tmp_path / "file", b"first")
    write_new(tmp_path / "file", b"second")
    replace(tmp_path / "file", b"third")

    assert [path.name for path in tmp_path.iterdir()] == ["file"]
