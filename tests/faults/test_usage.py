"""The storer of usage is killed, and the lane that records it."""

import pytest

from script.benches import faults_postgres_server, faults_usage
from tests.faults.conftest import must_hold

pytestmark = pytest.mark.server


def test_a_storer_that_is_killed_stores_each_call_once(tmp_path):
    must_hold(faults_usage.storer(tmp_path, "SQLite", {}, kills=2))


def test_a_storer_that_is_killed_stores_each_call_once_in_postgresql(tmp_path, postgres_server):
    must_hold(faults_usage.storer(tmp_path, "PostgreSQL", faults_postgres_server.settings(postgres_server), kills=2))


def test_a_lane_that_is_killed_loses_about_a_second(tmp_path):
    must_hold(faults_usage.lane(tmp_path, "SQLite", {}, kills=1))
