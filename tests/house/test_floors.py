"""Every file stands on a floor, and keeps to it."""

import pytest

from tests.house.floors import offences
from tests.house.plan import DOORS, LOWER, STANDS, Floor, floor_of
from tests.house.trees import Source, portal_sources

SOURCES = {source.name: source for source in portal_sources()}


def test_every_file_keeps_to_its_floor():
    assert [offence for source in SOURCES.values() for offence in offences(source)] == []


def test_every_room_has_a_place_in_the_house():
    assert {source.room for source in SOURCES.values()} <= {"", "web", *LOWER, *DOORS}


def test_every_file_that_the_plan_names_is_there_and_stands_on_one_floor():
    named = [name for names in STANDS.values() for name in names]

    assert set(named) <= set(SOURCES)
    assert len(named) == len(set(named))


@pytest.mark.parametrize("name", ["toolbox", "keys/cupboard", "accounts/cupboard", "attic/box"])
def test_a_file_without_a_floor_is_found(name):
    assert list(offences(Source.of(name, ""))) == [
        f"portal/{name}.py:1: stands on no floor; give it one in tests/house/plan.py"
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("keys/token", "import flask"),
        ("keys/token", "from flask_babel import gettext"),
        ("keys/token", "from sqlalchemy import select"),
        ("keys/token", "from portal.keys.models import Key"),
        ("keys/token", "from portal.keys.finder import by_token"),
        ("keys/token", "from portal import sqlite"),
        ("keys/token", "import portal.sqlite"),
        ("keys/token", "from portal import keys"),
        ("keys/token", "from . import models"),
        ("keys/token", "import os"),
        ("keys/token", "from time import time"),
        ("keys/token", "def read():\n    return open('peppers')"),
        ("keys/token", "def read(path):\n    return path.read_text()"),
        ("keys/token", "from portal.gateway.wire import verify_answer"),
        ("gateway/cupboard", "from flask import request"),
        ("gateway/lane", "from portal.server.voice import say"),
        ("web/paths", "from portal.gateway.wire import verify_answer"),
        ("keys/__init__", "from portal.keys.models import Key"),
        ("verification/judge", "from flask import request"),
        ("verification/judge", "from portal.usage.recorder import UsageRecorder"),
        ("sqlite", "import sqlalchemy"),
        ("sqlite", "from portal.rows import Rows"),
        ("backup", "from portal.database import make_ready"),
        ("usage/recorder", "import flask"),
        ("usage/recorder", "from portal.usage.models import Access"),
        ("usage/recorder", "def store(connection):\n    connection.commit()"),
        ("keys/models", "from flask import g"),
        ("keys/models", "from portal.keys.lifecycle import issue"),
        ("keys/models", "from portal.extensions import db"),
        ("rows", "from portal.extensions import db"),
        ("extensions", "from portal.audit.trail import record"),
        ("extensions", "from portal.web.htmx import go"),
        ("keys/lifecycle", "from flask import g"),
        ("keys/lifecycle", "from werkzeug.exceptions import NotFound"),
        ("keys/lifecycle", "def job(session):\n    session.commit()"),
        ("keys/lifecycle", "def job(session):\n    session.begin()"),
        ("keys/lifecycle", "from portal.extensions import db"),
        ("keys/lifecycle", "from portal import extensions"),
        ("keys/lifecycle", "import portal.extensions"),
        ("keys/lifecycle", "import portal"),
        ("keys/lifecycle", "def job():\n    return db.session"),
        ("keys/lifecycle", "def job():\n    return Key.query"),
        ("keys/lifecycle", "from portal.verification.judge import judge"),
        ("keys/lifecycle", "from portal.database import make_ready"),
        ("accounts/sessions", "from portal.keys.models import Key"),
        ("audit/trail", "from portal.accounts.models import Person"),
        ("usage/fold", "from portal.verification.verdict import Facts"),
        ("keys/finder", "from portal.web.htmx import go"),
        ("database", "from portal.cli.shell import fail"),
        ("database", "def look(connection):\n    connection.execute('SELECT 1')"),
        ("web/paths", "from portal.sign_in import bp"),
        ("web/paths", "def view(session):\n    session.commit()"),
        ("web/paths", "from sqlalchemy import select"),
        ("profile/credentials", "from sqlalchemy import select"),
        ("profile/credentials", "from alembic import op"),
        ("profile/credentials", "def view(session):\n    return session.execute('SELECT 1')"),
        ("profile/credentials", "def view(session):\n    return session.scalars(rows)"),
        ("profile/credentials", "def view(session):\n    session.commit()"),
        ("profile/credentials", "def view():\n    db.session.commit()"),
        ("profile/credentials", "from portal.sign_in.forms import SignInForm"),
        ("profile/credentials", "from portal.gateway.lane import Lane"),
        ("profile/credentials", "from portal import sign_in"),
        ("profile/credentials", "from portal import create_app"),
        ("profile/credentials", "from portal.server.pages import open_pages"),
    ],
)
def test_a_file_on_the_wrong_floor_is_found(name, text):
    found = list(offences(Source.of(name, text)))

    assert found
    assert all(line.startswith(f"portal/{name}.py:{text.count(chr(10)) + 1}: ") for line in found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("api/keys", "from portal.gateway.guard import require_key"),
        ("web/unit_of_work", "def writing(session):\n    session.commit()"),
        ("keys/lifecycle", "from portal.keys import journal"),
        ("keys/lifecycle", "from sqlalchemy import select"),
        ("cli/data", "from portal import backup, database, restore"),
        ("server/prepare", "from portal.server.supervisor import Plan"),
        ("verification/store_sqlite", "from portal import sqlite"),
    ],
)
def test_what_a_floor_allows_is_no_offence(name, text):
    assert list(offences(Source.of(name, text))) == []


def test_a_file_of_a_door_that_is_light_is_held_to_it():
    assert floor_of("server/supervisor") is Floor.LIGHT
    assert floor_of("server/prepare") is Floor.DOORS
