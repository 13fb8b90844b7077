import socket
import stat
import time
from contextlib import ExitStack

import pytest

from tests.server.house import fetch

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def house(start_for_all):
    return start_for_all().wait_until_ready()


def test_the_first_start_makes_everything_and_says_where_it_is(house):
    assert fetch(f"{house.url}/healthz")[0] == 200
    assert fetch(f"{house.lane_url}/healthz")[0] == 200
    assert house.url in house.output
    assert f"{house.url}/sample" in house.output
    assert house.lane_url in house.output
    assert "The first admin is admin@example.org" in house.output


def test_the_sign_in_that_is_printed_is_there(house):
    address = house.output.partition("Sign in")[2].split()[0]

    status, page = fetch(address)

    assert status == 200
    assert b"Password" in page


def test_nobody_else_can_read_the_data_folder(house):
    assert stat.S_IMODE(house.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in house.folder.rglob("*") if path.is_file()} == {0o600}


def test_the_generated_password_is_nowhere_but_on_the_screen(house):
    password = house.generated_password().encode()

    assert house.output.count(password.decode()) == 1
    assert not [path for path in house.folder.rglob("*") if path.is_file() and password in path.read_bytes()]


def test_the_admins_password_does_not_stay_in_the_environment(start):
    house = start(PORTAL_ADMIN_PASSWORD="tidal orchid ferry lamp").wait_until_ready()

    kept = {pid: b"tidal orchid" in environment_of(pid) for pid in house.processes()}

    assert house.process.pid in kept
    assert not any(kept.values())
    assert "with the password of PORTAL_ADMIN_PASSWORD." in house.output


def environment_of(pid):
    with open(f"/proc/{pid}/environ", "rb") as file:
        return file.read()


def test_sigterm_stops_it_cleanly(start):
    house = start().wait_until_ready()
    processes = house.processes()

    assert house.stop() == 0
    assert len(processes) >= 5
    assert house.processes() == []
    assert house.output.endswith("Stopping …\n")


def test_a_portal_that_was_used_stops_as_soon_as_one_that_was_not(start):
    """granian kills after ten seconds what did not hear that it is to stop, and what it held is lost."""
    for _ in range(2):
        house = start().wait_until_ready()
        for _ in range(5):
            fetch(f"{house.url}/sign-in")
            fetch(f"{house.lane_url}/auth")
        begun = time.monotonic()
        assert house.stop() == 0
        assert time.monotonic() - begun < 8


def test_a_client_that_stops_halfway_through_its_headers_does_not_have_it_killed(start):
    house = start().wait_until_ready()
    with ExitStack() as open_ones:
        for port in (house.port, house.port + 1):
            client = open_ones.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            client.sendall(b"GET /healthz HTT")
        time.sleep(0.3)
        begun = time.monotonic()
        assert house.stop() == 0
    assert time.monotonic() - begun < 9


def test_the_second_start_makes_nothing_and_keeps_all_data(start):
    house = start().wait_until_ready()
    token = house.flask("keys", "issue", "admin@example.org", "--name", "ci")
    peppers = (house.folder / "secrets" / "peppers.json").read_bytes()
    house.stop()

    again = start().wait_until_ready()

    assert "Making" not in again.output
    assert "admin" not in again.output
    assert (again.folder / "secrets" / "peppers.json").read_bytes() == peppers
    assert fetch(f"{again.url}/sample/whoami", token)[0] == 200
