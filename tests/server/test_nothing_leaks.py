"""No secret is found where it does not belong: not in what is printed, not in any file of the data folder."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import requests

from portal.keys.token import PATTERN
from tests.server.house import House
from tests.support.form import fields_of

pytestmark = pytest.mark.server

EMAIL, PASSWORD = "admin@example.org", "tidal orchid ferry lamp"
LIST = "/profile/api-credentials"


class Person:
    """Someone with a browser, on a real socket."""

    def __init__(self, house: House) -> None:
        self.url = house.url
        self.session = requests.Session()
        self.post("/sign-in", email=EMAIL, password=PASSWORD)

    def get(self, path: str, **options: object) -> requests.Response:
        return self.session.get(self.url + path, timeout=10, **options)

    def post(self, path: str, page: str = "/sign-in", **fields: str) -> requests.Response:
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)[1]
        return self.session.post(
            self.url + path, data={"csrf_token": csrf, **fields}, timeout=10, allow_redirects=False
        )

    def generate(self, name: str) -> str:
        fields = fields_of(self.get(f"{LIST}/new").text, LIST)
        answer = self.post(LIST, page=f"{LIST}/new", **fields | {"name": name})
        return PATTERN.search(re.sub(r"<[^>]+>", "", answer.text)).group()


def use_badly(person: Person, token: str) -> None:
    """Put the token into every place where people and programs put it by mistake."""
    public_id = token.rpartition("_")[0]
    for path in (f"/?api_key={token}", f"{LIST}?q={token}", f"/{token}", f"{LIST}/{token}/revoke", f"/sample/{token}",
                 f"/sign-in?next=/{token}", f"/help/api-keys#{token}"):  # fmt: skip
        person.get(
            path, headers={"Referer": f"{person.url}/?key={token}", "User-Agent": token, "X-Forwarded-For": token}
        )
    for value in (
        token,
        f"Bearer {token}",
        f"Bearer x={token}",
        f"Digest {token}",
        f"Basic {token}",
        f"{token},{token}",
    ):
        requests.get(f"{person.url}/auth", headers={"Authorization": value, "X-Original-URI": f"/{token}"}, timeout=10)
        requests.get(f"{person.url}/sample/whoami", headers={"X-API-Key": value}, timeout=10)
    requests.post(f"{person.url}/api/v1/verify", json={"key": token, token: 1}, timeout=10)
    person.post(LIST, page=f"{LIST}/new", name=token, expiry="90", form_id=token)
    everywhere = dict.fromkeys(("name", "resources", "hosts", "networks", "rate_count", "quota_count"), token)
    person.post(f"{LIST}/preview", page=f"{LIST}/new", **everywhere)
    person.post(LIST, page=f"{LIST}/new", browser="y", expiry="90", form_id="once more", **everywhere)
    person.post(f"{LIST}/{public_id}/rename", page=LIST, name=token)
    person.post(f"{LIST}/{public_id}/download/json", page=LIST, token=token)
    person.post("/sign-in", email=token, password=token)


def test_no_secret_is_printed_or_stored(start, tmp_path):
    house = start(PORTAL_ADMIN_EMAIL=EMAIL, PORTAL_ADMIN_PASSWORD=PASSWORD).wait_until_ready()
    person = Person(house)
    tokens = [person.generate(f"key {number}") for number in range(5)]
    assert requests.get(f"{house.url}/sample/whoami", auth=("apikey", tokens[0]), timeout=10).status_code == 200
    for token in tokens:
        use_badly(person, token)
    cookies = [cookie.value for cookie in person.session.cookies]
    assert house.stop() == 0

    secrets = {token.rpartition("_")[2] for token in tokens} | {PASSWORD} | set(cookies)
    assert found_in(house.log.read_bytes(), secrets) == []
    for path in files_in(house.folder):
        assert found_in(path.read_bytes(), secrets) == [], path

    with closing(sqlite3.connect(house.folder / "portal.db")) as database:
        names = {name for (name,) in database.execute("SELECT name FROM key")}
    assert {f"key {number}" for number in range(5)} <= names  # it knows them all the same
    own = {path.name: path.read_bytes().strip() for path in (house.folder / "secrets").iterdir()}
    assert found_in(house.log.read_bytes(), {own["service_token"].decode(), own["session_key"].decode()}) == []


def test_the_search_for_secrets_finds_one_that_is_there(tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 5000 + b"needle")
    assert found_in((tmp_path / "file").read_bytes(), {"needle", "other"}) == ["needle"]


def found_in(content: bytes, secrets: set[str]) -> list[str]:
    """Return the secrets that are in `content`, in any case: folding a secret does not make it public."""
    return [secret for secret in secrets if secret.lower().encode() in content.lower()]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
