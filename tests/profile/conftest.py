"""Someone who visits their profile, with a plain browser and with HTMX."""

import pytest

from portal.keys.models import Key


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def visitor(request, visit, alice):
    return visit(alice, htmx=request.param)


@pytest.fixture
def key(issue, alice):
    return issue(alice, "ci")[0]


@pytest.fixture
def reread(session, key):
    """Read the key again as it is stored now."""

    def read():
        session.rollback()
        return session.get(Key, key.id, populate_existing=True)

    return read
