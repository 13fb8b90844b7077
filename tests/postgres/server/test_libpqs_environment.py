"""Where PostgreSQL is may stand in variables of libpq, and processes that serve give their environment up."""

import requests
from psycopg.conninfo import conninfo_to_dict

from portal.postgres import read_address


def test_both_processes_find_a_database_that_variables_of_libpq_name(start, socket):
    house = start().wait_until_ready()
    name = conninfo_to_dict(read_address(house.environment["PORTAL_DATABASE_URL"]))["dbname"]
    house.stop()

    house = start(PORTAL_DATABASE_URL=f"postgresql:///{name}", PGHOST=str(socket), PGUSER="portal").wait_until_ready()

    assert [requests.get(f"{site}/readyz", timeout=10).text for site in (house.url, house.lane_url)] == ["ready"] * 2
