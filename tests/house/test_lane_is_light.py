"""The verification lane is quick and small because it loads neither Flask nor SQLAlchemy."""

import subprocess
import sys

import pytest

from portal.config import ROOT

LOADED = "import sys; import {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"


def loaded_by(module):
    command = [sys.executable, "-c", LOADED.format(module=module)]
    return set(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize("lane", ["portal.gateway.lane", "portal.gateway.lane_rsgi"])
def test_the_lane_loads_neither_flask_nor_sqlalchemy(lane):
    assert loaded_by(lane).isdisjoint({"flask", "werkzeug", "jinja2", "sqlalchemy", "alembic"})


def test_the_supervisor_loads_nothing_but_the_standard_library():
    own = loaded_by("portal.server.supervisor") - loaded_by("sys")  # what Python's set-up loads by itself is not ours

    assert own - {"portal"} <= sys.stdlib_module_names
    assert own.isdisjoint({"http", "sqlite3", "multiprocessing"})


def test_this_check_would_notice():
    assert loaded_by("portal.extensions") >= {"flask", "sqlalchemy"}
