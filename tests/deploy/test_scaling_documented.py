"""Whatever docs/scaling.md tells an operator to run, set, open or look at is there."""

import re
import shlex
import subprocess

import click
import pytest

from portal.cli import entry
from portal.config import ROOT, Settings
from portal.metrics.catalogue import METRICS

PAGE = (ROOT / "docs" / "scaling.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"^ *```sh\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]  # fmt: skip
# Programs of Debian and of Docker, and words of the shell.
KNOWN = {
    "apt-get", "chmod", "chown", "cp", "createdb", "createuser", "curl", "docker", "done", "editor", "for",
    "install", "journalctl", "mv", "nginx", "pg_dump", "pg_restore", "printf", "psql", "redis-cli", "rm", "sleep",
    "ssh", "systemctl", "systemd-run", "until", "useradd",
}  # fmt: skip


def first_word(command: str) -> str:
    words = shlex.split(command.strip())
    while words[0] in {"sudo", "postgres", "env"} or words[0].startswith(("-", "PATH=")):
        words = words[1:]
    return words[0]


@pytest.mark.parametrize("command", sorted({first_word(command) for command in COMMANDS}))
def test_each_program_is_there_or_known(command: str) -> None:
    mine = command.removeprefix("/opt/api-credentials-portal/")
    in_venv = mine.startswith(".venv/bin/") and mine.rpartition("/")[2] in {"flask", "gunicorn", "pip"}
    assert command in KNOWN or in_venv or (ROOT / mine).is_file()


@pytest.mark.parametrize("arguments", sorted(set(re.findall(r"\bflask ([a-z]+ [a-z-]+)", PAGE))))
def test_each_flask_command_exists(arguments: str) -> None:
    group, name = arguments.split()
    found = entry.create_app().cli.get_command(click.Context(click.Group()), group)
    assert isinstance(found, click.Group)
    assert name in found.commands


@pytest.mark.parametrize("option", ["--to", "--with-broken-trail"])
def test_the_options_of_a_move_exist(option: str) -> None:
    move = entry.create_app().cli.commands["data"].commands["move"]
    assert option in {name for parameter in move.params for name in parameter.opts}


def test_each_setting_exists() -> None:
    known = {field.alias for field in Settings.model_fields.values()}
    assert set(re.findall(r"PORTAL_[A-Z_]+[A-Z]", PAGE)) <= known


def test_each_metric_exists() -> None:
    named = {name.removesuffix("_total") for name in re.findall(r"`(portal_[a-z_]+)`", PAGE)}
    assert named <= {metric.name.removesuffix("_total") for metric in METRICS}


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]*)[^)]*\)", PAGE))))
def test_each_link_leads_somewhere(target: str) -> None:
    assert (ROOT / "docs" / target).exists()


@pytest.mark.parametrize("table", ["Verification", "The admin's desk at a million keys"])
def test_each_table_of_figures_is_there(table: str) -> None:
    assert f"*{table}*" in PAGE
    assert f"\n## {table}\n" in (ROOT / "docs" / "measured.md").read_text()


def test_the_shell_understands_every_block() -> None:
    for block in re.findall(r"^ *```sh\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE):
        subprocess.run(["bash", "-n"], input=block, text=True, check=True)
