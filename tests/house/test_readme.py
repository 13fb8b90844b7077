"""Nothing in the README is untrue: the tour is run as it stands, against the server that `script/server` starts."""

import re
import subprocess

import pytest

from portal.config import ROOT
from tests.server.conftest import start  # noqa: F401  # the fixture
from tests.server.house import House

README = (ROOT / "README.md").read_text()
TOUR = re.search(r"## A 60-second tour.*?```sh\n(.*?)```", README, re.DOTALL).group(1)
EXPECTED = "".join(f"{line}\n" for line in re.findall(r"^# → (.*)$", TOUR, re.MULTILINE))


def run_tour(house: House) -> subprocess.CompletedProcess[str]:
    commands = TOUR.replace("127.0.0.1:8000", f"127.0.0.1:{house.port}").replace(
        "127.0.0.1:8001", f"127.0.0.1:{house.port + 1}"
    )
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], cwd=ROOT, env=house.environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.server
def test_the_tour_shows_what_it_says(start):  # noqa: F811
    done = run_tour(start().wait_until_ready())

    assert done.returncode == 0, done.stderr
    assert re.fullmatch(re.escape(EXPECTED).replace("…", r"\w+"), done.stdout), done.stdout


def test_the_tour_promises_something():
    assert EXPECTED.count("\n") == 6


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)", README))))
def test_what_the_readme_points_to_is_there(target):
    assert (ROOT / target).exists()


@pytest.mark.parametrize("command", ["script/server", "script/test"])
def test_its_two_commands_can_be_run(command):
    assert (ROOT / command).stat().st_mode & 0o111
