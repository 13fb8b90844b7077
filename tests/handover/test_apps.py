"""Connecting and removing apps."""

from datetime import timedelta

import pytest

from portal.audit.events import SHELL, Event
from portal.audit.models import Audit
from portal.handover import apps
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings
from tests.handover.conftest import LAUNCH


def test_an_app_is_known_by_its_secret(session, peppers, galaxy):
    found = apps.authenticate(session, peppers, galaxy.app.public_id, str(galaxy.secret))
    assert found.id == galaxy.app.id


@pytest.mark.parametrize("change", ["secret", "id", "empty", "other"])
def test_no_other_secret_will_do(session, peppers, galaxy, add, change):
    public_id, secret = galaxy.app.public_id, str(galaxy.secret)
    wrong = {
        "secret": (public_id, secret[:-1]), "id": (public_id[:-1], secret), "empty": (public_id, ""),
        "other": (public_id, str(add("Another").secret)),
    }[change]  # fmt: skip
    assert apps.authenticate(session, peppers, *wrong) is None


def test_neither_the_row_nor_the_audit_holds_the_secret(session, galaxy):
    entry = session.query(Audit).filter_by(event=Event.APP_ADDED).one()
    assert galaxy.secret.secret not in entry.body + str(vars(galaxy.app))


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"name": " "}, "name-empty"), ({"name": "x" * 65}, "name-too-long"), ({"name": "galaxy"}, "app-exists"),
        ({"launch": "http://example.org"}, "app-address"), ({"lifetime": timedelta(minutes=4)}, "app-lifetime"),
        ({"lifetime": timedelta(days=8)}, "app-lifetime"),
        ({"lifetime": timedelta(days=3), "site": SiteSettings(default_days=1, longest_days=2)}, "app-lifetime"),
    ],
)  # fmt: skip
def test_what_cannot_be_connected_is_refused(galaxy, add, wishes, reason):
    assert add(**{"name": "Another"} | wishes).reason == reason


def test_a_removed_app_is_unknown_and_its_name_free(session, peppers, galaxy, add):
    apps.remove(session, SHELL, galaxy.app)
    session.commit()
    assert apps.authenticate(session, peppers, galaxy.app.public_id, str(galaxy.secret)) is None
    assert apps.living(session) == []
    assert add().app.launch_url == LAUNCH


def test_apps_are_listed_by_name(session, galaxy, add):
    add("Andromeda", policy=Policy())
    assert [app.name for app in apps.living(session)] == ["Andromeda", "Galaxy"]
