"""Each config file is read back by the real parser of its format."""

import io
import json
import netrc
import subprocess
from datetime import UTC, datetime

import pytest
from dotenv import dotenv_values

from portal.downloads.formats import FORMATS
from portal.downloads.render import render

TOKEN = "ptl_7Hq2Wd9xKm_NotARealSecretJustAPicture0000xQ2mZa"
HOSTILE = ["ci", "a'b", 'a"b', "a\nEVIL=1", "a\\", "$(id)", "`id`", "${token}", "$HOME", "# x", "\u202e", "x y", "日本"]
HOSTS = ["api.example.org", "127.0.0.1", "2001:db8::1"]
ENDPOINTS = ["https://api.example.org/v1", "http://127.0.0.1:8000/sample", "http://[2001:db8::1]:8000/x"]


def content(slug, name="ci", endpoint=ENDPOINTS[0]):
    expires_at = datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
    return render(
        FORMATS[slug], token=TOKEN, endpoint=endpoint, public_id="ptl_7Hq2Wd9xKm", name=name, expires_at=expires_at
    ).decode()


def test_alveo_config_is_one_line_of_json_with_a_trailing_slash():
    text = content("alveo")
    assert text.count("\n") == 1
    assert json.loads(text)["base_url"] == "https://api.example.org/v1/"
    assert json.loads(text)["apiKey"] == TOKEN


@pytest.mark.parametrize(("endpoint", "host"), list(zip(ENDPOINTS, HOSTS, strict=True)))
def test_netrc_names_the_host_without_port_and_the_login_apikey(tmp_path, endpoint, host):
    path = tmp_path / "netrc"
    path.write_text(content("netrc", endpoint=endpoint))
    assert netrc.netrc(path).authenticators(host) == ("apikey", "", TOKEN)


@pytest.mark.parametrize("name", HOSTILE)
def test_netrc_holds_one_machine_whatever_the_name(tmp_path, name):
    path = tmp_path / "netrc"
    path.write_text(content("netrc", name))
    assert list(netrc.netrc(path).hosts) == ["api.example.org"]


@pytest.mark.parametrize("name", HOSTILE)
def test_env_holds_two_variables_for_dotenv_and_for_a_shell(name):
    text = content("env", name)
    expected = {"PORTAL_API_ENDPOINT": "https://api.example.org/v1", "PORTAL_API_KEY": TOKEN}
    assert dict(dotenv_values(stream=io.StringIO(text))) == expected
    shell = f'{text}printf "%s %s" "$PORTAL_API_ENDPOINT" "$PORTAL_API_KEY"'
    assert subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout.split() == list(
        expected.values()
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_json_gives_the_name_back_as_it_is(name):
    assert json.loads(content("json", name)) == {
        "endpoint": "https://api.example.org/v1",
        "key": TOKEN,
        "public_id": "ptl_7Hq2Wd9xKm",
        "name": name,
        "expires": "2027-02-18T23:59:59+00:00",
    }
