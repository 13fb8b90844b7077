from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal import clock
from portal.accounts.models import Person
from portal.keys.models import Key
from portal.site.settings import DAY

KEYS = "/api/v1/keys"


@pytest.fixture
def calling(app: Flask) -> Callable[..., Callable[..., TestResponse]]:
    """Call the management API with a token: `call = calling(token); call("POST", "/…/rotate", json={…})`."""
    client = app.test_client(use_cookies=False)

    def with_token(token: str) -> Callable[..., TestResponse]:
        def call(method: str = "GET", path: str = "", **what: object) -> TestResponse:
            headers = {"Authorization": f"Bearer {token}"} | dict(what.pop("headers", {}))  # type: ignore[call-overload]
            return client.open(KEYS + path, method=method, headers=headers, **what)  # type: ignore[arg-type]

        return call

    return with_token


@pytest.fixture
def manager(alice: Person, issue: Callable[..., tuple[Key, str]]) -> tuple[Key, str]:
    """Alice's management key, which lives for 30 days, and its token."""
    return issue(alice, "deploy", kind="management", expires_at=clock.now().replace(microsecond=0) + 30 * DAY)


@pytest.fixture
def call(manager: tuple[Key, str], calling: Callable[..., Callable[..., TestResponse]]) -> Callable[..., TestResponse]:
    """Call the management API with that key."""
    return calling(manager[1])
