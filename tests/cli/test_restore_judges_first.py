"""What is no backup, is damaged or does not fit is told before anything is replaced."""

import json
import sqlite3
import zipfile
from contextlib import closing

import pytest


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "portal.zip"


@pytest.fixture
def remade(shell, archive, tmp_path):
    """Make a backup and write it anew with some of its files changed."""

    def remake(**changed):
        shell("data", "backup", str(archive))
        with zipfile.ZipFile(archive) as whole:
            files = {name: whole.read(name) for name in whole.namelist()}
        with zipfile.ZipFile(archive, "w") as other:
            for name, content in files.items():
                other.writestr(name, changed.get(name.partition(".")[0], content))
        return files

    return remake


@pytest.fixture
def refused(complaint, archive, folder):
    """Try to restore; return the one line, and find everything as it was."""

    def restore():
        names = ("portal.db", "secrets/peppers.json", "secrets/session_key", "revocations.journal")
        before = {name: (folder.path / name).read_bytes() for name in names}
        line = complaint("data", "restore", str(archive))
        assert {name: (folder.path / name).read_bytes() for name in names} == before
        assert not (folder.path / "copies").exists()
        assert not list(folder.path.glob("restore-*"))
        return line

    return restore


def changed_database(files, tmp_path, statement):
    (tmp_path / "changed.db").write_bytes(files["portal.db"])
    with closing(sqlite3.connect(tmp_path / "changed.db", isolation_level=None)) as database:
        database.execute(statement)
    return (tmp_path / "changed.db").read_bytes()


def test_something_else(refused, archive):
    archive.write_text("something else")

    assert "is not a backup of a portal" in refused()


def test_nothing_at_all(refused, archive):
    assert f"The backup {archive} cannot be unpacked: No such file or directory." in refused()


@pytest.mark.parametrize(
    "label", ["[]", "{}", "nonsense", '{"format": 1}', '{"format": 2, "made_at": 1}', '{"format": 1, "made_at": 1e99}']
)
def test_a_label_that_says_nothing(refused, remade, label):
    remade(backup=label)

    assert "is not a backup of a portal, or it is damaged." in refused()


def test_every_byte_of_the_database_counts(refused, shell, archive):
    shell("data", "backup", str(archive))
    whole = archive.read_bytes()
    with zipfile.ZipFile(archive) as opened:
        packed = opened.getinfo("portal.db").compress_size
    for place in range(60, packed, packed // 20):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])

        assert str(archive) in refused()


@pytest.mark.parametrize("peppers", ["[]", "{}", '{"1": 5}', '{"1": "ab"}'])
def test_peppers_that_are_none(refused, remade, peppers):
    remade(peppers=peppers)

    assert "it is damaged" in refused()


def test_peppers_of_another_database(refused, remade):
    remade(peppers=json.dumps({"1": "ab" * 32}))

    assert "it is damaged" in refused()


def test_a_database_that_is_none(refused, remade):
    remade(portal=b"These are the accounts of 1987." * 100)

    assert "it is damaged" in refused()


def test_a_database_that_is_empty(refused, remade):
    remade(portal=b"")

    assert "it is damaged" in refused()


def test_a_backup_of_newer_code(refused, remade, archive, tmp_path):
    files = remade()
    archive.unlink()
    remade(portal=changed_database(files, tmp_path, "UPDATE alembic_version SET version_num = '9999'"))

    assert f"{archive} is newer than this code: it stands at 9999" in refused()
