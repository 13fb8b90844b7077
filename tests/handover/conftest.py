"""A connected app, and people who open it."""

from datetime import timedelta

import pytest

from portal.audit.events import SHELL
from portal.handover import apps, codes
from portal.handover.apps import Added, WantedApp
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings

LAUNCH = "https://galaxy.example.org/open?from=portal"
RULES = Policy.read({"resources": ["collection://*"], "data": "read"})
SITE = SiteSettings()


@pytest.fixture
def add(session, peppers):
    def do(name="Galaxy", launch=LAUNCH, policy=RULES, lifetime=timedelta(hours=1), site=SITE):
        wanted = WantedApp(name, launch, policy, lifetime)
        added = apps.add(session, SHELL, wanted, prefix="ptl", peppers=peppers, site=site)
        session.commit()
        return added

    return do


@pytest.fixture
def galaxy(add):
    added = add()
    assert isinstance(added, Added)
    return added


@pytest.fixture
def begin(session, as_alice, alice, galaxy):
    def do(person=alice, app=galaxy.app):
        code = codes.begin(session, as_alice, person, app, SITE)
        session.commit()
        return code

    return do


@pytest.fixture
def exchange(session, peppers, galaxy):
    def do(code, app=galaxy.app, launch=LAUNCH, site=SITE):
        answer = codes.exchange(
            session, app, code, launch, address="192.0.2.5", prefix="ptl", peppers=peppers, site=site
        )
        session.commit()
        return answer

    return do
