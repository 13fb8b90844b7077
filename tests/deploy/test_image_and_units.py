"""The container, the composition and the unit: parsed, held against what they speak of, and run as far as can be."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from portal.config import ROOT, Settings
from tests.deploy.proxy import DEPLOY
from tests.server.house import House

COMPOSE = DEPLOY / "compose.yaml"
UNIT = DEPLOY / "systemd" / "api-credentials-portal.service"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
VARIABLES = {field.alias for field in Settings.model_fields.values()}
COPIED = list(re.findall(r"^COPY ((?!--)[^\n]+) \S+$", DOCKERFILE, re.MULTILINE))

# What systemd does for MemoryDenyWriteExecute=yes: nothing in the process, nor in what it starts, makes code in memory.
# Linux has it since 6.3; an older one says no, and the portal runs without.
DENY = "import ctypes, os, sys; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])"


@pytest.fixture(scope="module")
def composition() -> Any:
    return yaml.safe_load(COMPOSE.read_text())


def of_profile(composition: Any, profile: str) -> set[str]:
    return {name for name, service in composition["services"].items() if profile in service["profiles"]}


def portals(composition: Any) -> list[Any]:
    return [each for name, each in composition["services"].items() if name.startswith("portal")]


def test_there_are_two_profiles(composition: Any) -> None:
    assert of_profile(composition, "embedded") == {"portal"}
    assert of_profile(composition, "scale") == {"nginx", "portal-a", "portal-b", "postgres", "valkey"}


def test_a_container_of_the_portal_may_do_little(composition: Any) -> None:
    for service in portals(composition):
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_all_that_is_set_is_a_setting(composition: Any) -> None:
    for service in portals(composition):
        assert set(service["environment"]) <= VARIABLES
    assert set(re.findall(r"\$\{(PORTAL_\w+)", COMPOSE.read_text())) <= VARIABLES | {"PORTAL_LISTEN"}


def test_both_portals_have_a_data_folder_each_and_the_same_secrets(composition: Any) -> None:
    a, b = (composition["services"][name]["volumes"] for name in ("portal-a", "portal-b"))
    assert (a, b) == (["data-a:/data", "secrets:/data/secrets"], ["data-b:/data", "secrets:/data/secrets"])
    named = {
        volume.split(":")[0] for service in composition["services"].values() for volume in service.get("volumes", [])
    }
    assert {name for name in named if not name.startswith(".")} == set(composition["volumes"])


def test_nginx_knows_the_portals_and_they_believe_it_alone(composition: Any) -> None:
    services, scale = composition["services"], (DEPLOY / "nginx" / "scale.conf").read_text()
    assert set(re.findall(r"server (\S+):\d+ ", scale)) == {"portal-a", "portal-b"}
    nginx = services["nginx"]["networks"]["inside"]["ipv4_address"]
    assert services["portal-a"]["environment"]["PORTAL_TRUSTED_PROXIES"] == f"{nginx}/32"
    assert (DEPLOY / services["nginx"]["volumes"][0].split(":")[0]).is_file()


def test_no_password_is_written_down(composition: Any) -> None:
    assert composition["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"] == "${POSTGRES_PASSWORD-}"


def test_docker_reads_the_composition_where_it_is_there() -> None:
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0:
        for profile in ("embedded", "scale"):
            subprocess.run(["docker", "compose", "-f", COMPOSE, "--profile", profile, "config", "-q"], check=True)


def test_the_image_takes_exactly_what_is_let_into_its_build() -> None:
    let_in = re.findall(r"^!(.+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert {part for copied in COPIED for part in copied.split()} == set(let_in)
    assert all((ROOT / path).exists() for path in let_in)


def test_the_image_runs_as_nobody_special_and_holds_no_secret() -> None:
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE) == ["portal"]
    assert not re.search(r"^(ARG|ADD)|--mount|PORTAL_\w*(PASSWORD|TOKEN|URL)", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"(PORTAL_\w+)=", DOCKERFILE)) <= VARIABLES


class Contained(House):
    """The portal from what the image copies and from nothing else, held as the unit holds it."""

    command = (sys.executable, "-c", DENY, sys.executable, "-P", "-m", "portal.server")


@pytest.mark.server
def test_what_the_image_copies_is_all_that_the_portal_needs(tmp_path: Path) -> None:
    code = tmp_path / "portal"
    for path in {part for copied in COPIED for part in copied.split()}:
        copy = shutil.copytree if (ROOT / path).is_dir() else shutil.copy2
        (code / path).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / path, code / path)
    house = Contained(tmp_path / "data", tmp_path, PYTHONPATH=str(code), PYTHONDONTWRITEBYTECODE="1")
    try:
        house.wait_until_ready()
        page = requests.get(f"{house.url}/sign-in", timeout=20)
        [style, *_] = re.findall(r'href="(/static/[^"]+\.css[^"]*)"', page.text)
        assert requests.get(house.url + style, timeout=20).status_code == 200
        assert requests.get(f"{house.url}/sample/docs", timeout=20).status_code == 200
        assert requests.get(f"{house.lane_url}/readyz", timeout=20).text.strip() == "ready"
        assert house.stop() == 0
    finally:
        house.close()


def analyze(*arguments: str | Path) -> None:
    """Have systemd read the unit; on a machine without it, there is nothing that would start it either."""
    if shutil.which("systemd-analyze"):
        done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    here = tmp_path / UNIT.name
    here.write_text(re.sub(r"/opt/api-credentials-portal/\.venv/bin/python", sys.executable, UNIT.read_text()))
    analyze("verify", "--man=no", here)


def test_systemd_finds_the_unit_well_closed() -> None:
    analyze("security", "--offline=yes", "--threshold=20", UNIT)  # 2.0 of 10


def test_the_unit_waits_longer_than_the_portal_takes_to_stop() -> None:
    [longest] = [each.le for each in Settings.model_fields["drain_seconds"].metadata if hasattr(each, "le")]
    [waits] = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)
    assert int(waits) > longest + 30
