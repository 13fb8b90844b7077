"""Pure files, rows, jobs and doors keep to their floor."""

import pytest

from tests.house.floors import DOORS, FRONT_STEP, HEART, PURE, offences
from tests.house.trees import Source, portal_sources

SOURCES = {source.name: source for source in portal_sources()}


def test_every_file_keeps_to_its_floor():
    assert [offence for source in SOURCES.values() for offence in offences(source)] == []


def test_every_room_has_a_place_in_the_house():
    assert {source.room for source in SOURCES.values()} <= {"", *HEART, *DOORS}


def test_every_file_that_the_rules_name_is_there():
    assert set(SOURCES) >= PURE | FRONT_STEP


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("keys/token", "import flask"),
        ("keys/token", "from sqlalchemy import select"),
        ("keys/token", "from portal.keys.models import Key"),
        ("verification/judge", "from flask import request"),
        ("keys/lifecycle", "from flask import g"),
        ("keys/lifecycle", "def job(session):\n    session.commit()"),
        ("keys/lifecycle", "from portal.extensions import db"),
        ("keys/lifecycle", "def job():\n    return db.session"),
        ("keys/lifecycle", "def job():\n    return Key.query"),
        ("keys/lifecycle", "from portal.verification.judge import judge"),
        ("accounts/sessions", "from portal.keys.models import Key"),
        ("audit/trail", "from portal.accounts.models import Person"),
        ("usage/recorder", "from portal.verification.facts import Facts"),
        ("keys/finder", "from portal.web.htmx import go"),
        ("profile/credentials", "from sqlalchemy import select"),
        ("profile/credentials", "def view(session):\n    return session.execute('SELECT 1')"),
        ("profile/credentials", "def view(session):\n    return session.scalars(rows)"),
        ("profile/credentials", "from portal.sign_in.forms import SignInForm"),
        ("profile/credentials", "from portal.gateway.guard import require_key"),
        ("web/paths", "from portal.sign_in import bp"),
    ],
)
def test_a_file_on_the_wrong_floor_is_found(name, text):
    found = list(offences(Source.of(name, text)))

    assert len(found) == 1
    assert found[0].startswith(f"portal/{name}.py:{text.count(chr(10)) + 1}: ")


def test_the_api_may_use_the_guard():
    assert list(offences(Source.of("api/keys", "from portal.gateway.guard import require_key"))) == []
