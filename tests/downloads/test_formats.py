"""Each config file is read back by the real parser of its format."""

import configparser
import io
import json
import netrc
import subprocess
import threading
import tomllib
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml
from dotenv import dotenv_values

from portal.downloads.formats import FORMATS
from portal.downloads.render import PLACEHOLDER, render

TOKEN = "ptl_7Hq2Wd9xKm_NotARealSecretJustAPicture0000xQ2mZa"
HOSTILE = ["ci", "a'b", 'a"b', "a\nEVIL=1", "a\\", "$(id)", "`id`", "${token}", "$HOME", "# x", "\u202e", "x y", "日本"]
HOSTS = ["api.example.org", "127.0.0.1", "2001:db8::1"]
ENDPOINTS = ["https://api.example.org/v1", "http://127.0.0.1:8000/sample", "http://[2001:db8::1]:8000/x"]


def content(slug, name="ci", endpoint=ENDPOINTS[0], token=TOKEN):
    expires_at = datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
    return render(
        FORMATS[slug], token=token, endpoint=endpoint, public_id="ptl_7Hq2Wd9xKm", name=name, expires_at=expires_at
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


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("name", HOSTILE)
def test_the_algorithmia_config_has_the_four_entries_that_its_client_needs(name, endpoint):
    profile = {"api_key": TOKEN, "api_server": endpoint, "ca_cert": "", "bearer_token": ""}
    assert tomllib.loads(content("algorithmia", name, endpoint)) == {"profiles": {"default": profile}}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_ini_file_has_one_section(name):
    parser = configparser.ConfigParser()
    parser.read_string(content("ini", name))
    assert {section: dict(parser[section]) for section in parser.sections()} == {
        "default": {"endpoint": ENDPOINTS[0], "api_key": TOKEN}
    }


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("name", HOSTILE)
def test_the_kubernetes_secret_is_one_object_with_two_texts(name, endpoint):
    (secret,) = yaml.safe_load_all(content("kubernetes", name, endpoint))
    assert (secret["kind"], secret["metadata"]["name"]) == ("Secret", "portal-api-key")
    assert secret["stringData"] == {"PORTAL_API_ENDPOINT": endpoint, "PORTAL_API_KEY": TOKEN}


def test_the_systemd_credential_is_the_key_and_nothing_else():
    assert content("systemd") == TOKEN


def test_curl_sends_the_key_that_its_config_holds(tmp_path):
    heard = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.headers["Authorization"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        path = tmp_path / "portal.curlrc"
        path.write_text(content("curl"))
        subprocess.run(["curl", "-sS", "-m5", "-K", path, f"http://127.0.0.1:{server.server_port}/"], check=True)
    assert heard == [f"Bearer {TOKEN}"]


def test_without_a_key_each_file_still_parses_and_says_where_the_key_goes(tmp_path):
    texts = {slug: content(slug, token=None) for slug, entry in FORMATS.items() if entry.note}
    assert all(text.count(PLACEHOLDER) == 2 for text in texts.values())
    key = f"ptl_7Hq2Wd9xKm_{PLACEHOLDER}"
    (tmp_path / "netrc").write_text(texts["netrc"])
    parser = configparser.ConfigParser()
    parser.read_string(texts["ini"])
    assert {
        json.loads(texts["alveo"])["apiKey"], json.loads(texts["json"])["key"], parser["default"]["api_key"],
        netrc.netrc(tmp_path / "netrc").authenticators("api.example.org")[2],
        dotenv_values(stream=io.StringIO(texts["env"]))["PORTAL_API_KEY"],
        tomllib.loads(texts["algorithmia"])["profiles"]["default"]["api_key"],
        yaml.safe_load(texts["kubernetes"])["stringData"]["PORTAL_API_KEY"],
    } == {key}  # fmt: skip
    assert texts["alveo"].count("\n") == 1


def test_a_format_that_cannot_say_so_is_given_with_a_key_only():
    with pytest.raises(ValueError, match="systemd"):
        content("systemd", token=None)
