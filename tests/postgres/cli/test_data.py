"""What commands say where the database is PostgreSQL."""

import pytest


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_backup_is_pg_dumps_and_the_secrets_are_kept_with_it(complaint, folder, tmp_path, command):
    said = complaint("data", command, str(tmp_path / "portal.zip"))
    secrets = folder.path / "secrets"
    assert said == (
        f"Error: The database is PostgreSQL: use pg_dump and pg_restore, and keep a copy of {secrets} with each dump.\n"
    )
    assert not (tmp_path / "portal.zip").exists()


@pytest.mark.parametrize(
    "command",
    ["users list", "keys list", "apps list", "formats list", "settings list", "audit verify", "audit export",
     "access export", "devdata --keys 3 --users 2", "db check", "db current"],
)  # fmt: skip
def test_every_kind_of_command_works(shell, command):
    result = shell(*command.split())
    assert result.exit_code == 0, result.output
