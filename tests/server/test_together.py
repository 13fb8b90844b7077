"""Several servers, and several starts, on one data folder."""

import pytest

from portal.accounts import membership
from portal.audit.events import SHELL
from portal.data_folder import DataFolder
from portal.extensions import db
from portal.keys import finder, lifecycle
from portal.keys.peppers import Peppers
from portal.web.unit_of_work import writing
from tests.conftest import bare_app
from tests.server.house import fetch
from tests.support.issue_key import issue_key

pytestmark = pytest.mark.server

REFUSED = {401, 429, 403}  # 429 after a hundred refusals, which a proxy is told as 403


def test_two_servers_on_one_folder_agree_at_once(start):
    one, other = start(), start()
    one.wait_until_ready(), other.wait_until_ready()
    doors = [f"{house.url}/sample/whoami" for house in (one, other)]
    doors += [f"{url}/auth" for house in (one, other) for url in (house.url, house.lane_url)]
    issued = one.flask("keys", "issue", "admin@example.org", "--name", "ci")
    public_id = issued.rpartition("_")[0]

    before = [fetch(door, issued)[0] for door in doors]
    other.flask("keys", "revoke", public_id)
    after = [fetch(door, issued)[0] for door in doors]

    assert before == [200] * 6
    assert after == [401] * 6


def test_no_request_begun_after_a_revocation_is_let_in(start):
    houses = [start(PORTAL_WORKERS="2"), start(PORTAL_WORKERS="2")]
    for house in houses:
        house.wait_until_ready()
    folder = DataFolder(houses[0].folder)
    doors = [f"{url}/auth" for house in houses for url in (house.url, house.url, house.lane_url)]
    doors += [f"{house.url}/sample/whoami" for house in houses]

    let_in, let_in_after = [], []
    with bare_app(folder.path).app_context():
        for number in range(100):
            public_id, token = issue(folder, f"key {number}")
            let_in += [door for door in doors if fetch(door, token)[0] == 200]
            revoke(public_id)
            let_in_after += [door for door in doors if fetch(door, token)[0] not in REFUSED]
        db.engine.dispose()

    assert len(let_in) == 100 * len(doors)
    assert let_in_after == []


def issue(folder, name):
    with writing() as session:
        owner = membership.by_email(session, "admin@example.org")
        peppers = Peppers(folder.read_peppers())
        issued = issue_key(session, owner, name, peppers)
    return issued.key.public_id, str(issued.token)


def revoke(public_id):
    with writing() as session:
        assert lifecycle.revoke(session, SHELL, finder.by_public_id(session, public_id))
