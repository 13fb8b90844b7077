"""docs/client.md: its two apps are run as they stand, and what it says is so."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from portal.config import ROOT
from portal.policy.policy import Policy
from portal_client import asgi, portal, wsgi
from tests.portal_client.conftest import SERVICE_TOKEN, ServedLane, under_uvicorn

TEXT = (ROOT / "docs" / "client.md").read_text()
FLASK, FASTAPI = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
NARROW = Policy.read({"resources": ["algo://demo/*"]})


@pytest.fixture(params=["flask", "fastapi"])
def call(request: pytest.FixtureRequest, lane: ServedLane, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call the app of that chapter: `call("GET", "/whoami", token)` gives status and JSON."""
    monkeypatch.setenv("PORTAL_URL", lane.url)
    monkeypatch.setenv("PORTAL_SERVICE_TOKEN", SERVICE_TOKEN)
    names: dict[str, Any] = {"__name__": "example"}
    exec(FLASK if request.param == "flask" else FASTAPI, names)
    app = names["app"]
    if request.param == "flask":
        transport = httpx.WSGITransport(app)
        with httpx.Client(transport=transport, base_url="http://app") as client:
            yield lambda method, path, token="": client.request(method, path, headers={"X-API-Key": token})
        app.wsgi_app.close()
        return
    with under_uvicorn(app) as url:
        yield lambda method, path, token="": httpx.request(method, f"{url}{path}", headers={"X-API-Key": token})


@pytest.mark.server
def test_the_example_runs_as_it_stands(call: Callable[..., Any], alice: Any, issue: Callable[..., Any]) -> None:
    key, token = issue(alice, "ci", policy=NARROW)
    assert call("GET", "/healthz").status_code == 200
    assert call("GET", "/whoami").status_code == 401
    who = call("GET", "/whoami", token)
    assert who.json() == {"email": alice.email, "key": {"id": key.public_id, "name": "ci", "kind": "standard"}}
    assert call("POST", "/v1/algo/demo/Hello", token).json() == {"result": f"demo/Hello ran for {alice.email}"}
    assert call("POST", "/v1/algo/nlp/Hello", token).headers["X-Auth-Reason"] == "resource-not-allowed"


@pytest.mark.parametrize("middleware", [wsgi.PortalMiddleware, asgi.PortalMiddleware])
def test_every_argument_is_in_the_table(middleware: type) -> None:
    table = TEXT.partition("\n## What it takes\n")[2].partition("\n## ")[0]
    named = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE)))
    assert ["app", *named] == list(inspect.signature(middleware).parameters)
    assert f"{portal.TIMEOUT_SECONDS:g} seconds" in table
    assert f"{portal.CONNECTIONS} to the portal" in table


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", TEXT):
        name, _, anchor = target.partition("#")
        there = (ROOT / "docs" / name).read_text()
        headings = [
            re.sub(r"[^\w -]", "", line[3:].lower()).replace(" ", "-") for line in re.findall(r"^## .*", there, re.M)
        ]
        assert not anchor or anchor in headings, target
