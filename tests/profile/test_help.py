"""What is an API key? Its commands must be true: they are run here, or parsed by what would read them."""

import html
import netrc
import re
import shlex

import pytest

from portal import create_app
from portal.config import Settings
from portal.policy.reasons import Reason
from portal.profile.snippets import commands


def settings(**changes) -> Settings:
    return Settings(**changes)


def test_the_page_is_for_everyone(client):
    assert client.get("/help/api-keys").status_code == 200


def test_the_page_shows_the_commands_of_this_installation(folder):
    app = create_app(
        Settings(
            PORTAL_DATA_DIR=folder.path, PORTAL_API_ENDPOINT="https://api.example.org/v1", PORTAL_KEY_PREFIX="tide"
        )
    )
    page = html.unescape(app.test_client().get("/help/api-keys").text)
    assert 'curl -H "Authorization: Bearer $PORTAL_API_KEY" https://api.example.org/v1' in page
    assert "tide_7Hq2Wd9xKm" in page
    assert "ptl_" not in page


def test_where_the_sample_api_is_served_its_whoami_is_called():
    assert commands(settings(PORT=8123)).bearer.endswith(" http://127.0.0.1:8123/sample/whoami")


@pytest.mark.parametrize(
    "endpoint", ["https://api.example.org/v1?a=1&b=$(id)", "http://[::1]:9000/x y".replace(" ", "%20")]
)
def test_a_shell_reads_each_command_as_one_call_of_one_address(endpoint):
    shown = commands(settings(PORTAL_API_ENDPOINT=endpoint))
    assert shlex.split(shown.bearer)[-1] == endpoint
    assert shlex.split(shown.header)[:3] == ["curl", "-H", "X-API-Key: $PORTAL_API_KEY"]
    assert shlex.split(shown.netrc_curl) == ["curl", "--netrc", endpoint]


def test_the_netrc_is_read_as_meant(tmp_path):
    shown = commands(settings(PORTAL_API_ENDPOINT="https://api.example.org:8443/v1"))
    file = tmp_path / "netrc"
    file.write_text(shown.netrc.replace("…", "secret") + "\n")
    assert netrc.netrc(file).authenticators("api.example.org") == ("apikey", "", "ptl_7Hq2Wd9xKm_secret")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_a_refusal_is_explained(client, reason):
    page = html.unescape(client.get("/help/api-keys").text)
    assert f"<code>{reason}</code> ({reason.status}): {reason.detail}" in page


def test_every_copy_button_names_a_text_that_is_there(client):
    page = client.get("/help/api-keys").text
    named = re.findall(r'data-copy="([^"]+)"', page)
    assert len(named) == 9
    assert all(f'id="{name}"' in page for name in named)
