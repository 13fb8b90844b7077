"""`/readyz` of a portal on PostgreSQL."""

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from portal.readiness import Readiness, newest_schema


@pytest.fixture
def change(address):
    def run(statement, *values):
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement, values)

    return run


def test_a_database_that_answers_is_ready(settings):
    assert Readiness(settings).word() == "ready"


def test_another_schema_is_said_so(settings, change):
    change("UPDATE alembic_version SET version_num = '9999'")
    try:
        assert Readiness(settings).word() == "schema"
    finally:  # the tests of a run share their databases, emptied but for this
        change("UPDATE alembic_version SET version_num = %s", newest_schema())


def test_a_database_of_other_peppers_is_said_so(settings, change):
    change("INSERT INTO pepper (number, fingerprint) VALUES (7, %s)", b"sixteen bytes ok")
    assert Readiness(settings).word() == "peppers"


def test_a_server_out_of_reach_is_said_so(settings):
    address = make_conninfo(settings.database_url.get_secret_value(), host="/nowhere")
    nowhere = settings.model_copy(update={"database_url": SecretStr(address)})
    assert Readiness(nowhere).word() == "database"
