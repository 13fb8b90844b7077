"""A process is killed in the middle of an act on hundreds of keys; the next start does the rest before it serves."""

import signal
import subprocess
import sys
from datetime import timedelta

from sqlalchemy import func, insert, select, text

from portal import clock, database
from portal.audit import trail
from portal.audit.events import SHELL
from portal.keys import long_acts
from portal.keys.models import Key, LongAct
from portal.web.long_acts import finish_what_was_begun

KEYS = 400
WORKER = """
import sys
from pathlib import Path
from portal.data_folder import DataFolder
from portal.database import bound_app
from portal.keys import long_acts
from portal.web.unit_of_work import writing

long_acts.IN_A_SLICE = 5
with bound_app(DataFolder(Path(sys.argv[1]))).app_context():
    while True:
        with writing() as session:
            long_acts.go_on(session, int(sys.argv[2]))
        print("a slice", flush=True)
"""


def decided(session, owner):
    rows = [
        {"public_id": f"ptl_{n:010d}", "owner_id": owner.id, "name": f"k{n}", "name_folded": f"k{n}",
         "created_at": clock.now(), "secret_made_at": clock.now(), "policy": "{}"} for n in range(KEYS)
    ]  # fmt: skip
    session.execute(insert(Key), rows)
    number = long_acts.begin(session, SHELL, "revoke", session.scalars(select(Key.id)).all(), "The lab closes")
    session.commit()
    return number


def revoked(session):
    session.rollback()
    return session.scalar(select(func.count()).where(Key.revoked_at.is_not(None)))


def test_killed_half_way_it_is_finished_by_the_next_start(session, alice, folder):
    number = decided(session, alice)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder.path), str(number)], stdout=subprocess.PIPE, text=True
    )
    for _ in range(10):
        assert worker.stdout.readline() == "a slice\n"
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    assert 0 < revoked(session) < KEYS
    said = []
    with database.bound_app(folder).app_context():
        database.make_ready(folder, said.append)
        database.finish_acts(said.append)
    assert revoked(session) == KEYS
    assert "Stopped 400 keys, as was decided before the last process ended." in said
    assert session.scalars(select(LongAct)).all() == []
    assert trail.find_break(session) is None
    assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def test_a_process_that_runs_on_finishes_what_another_left_behind(session, alice, app):
    decided(session, alice)
    with app.app_context():
        assert finish_what_was_begun(timedelta(seconds=60)) == 0
        assert finish_what_was_begun(timedelta(0)) == KEYS
    assert revoked(session) == KEYS


def test_a_poison_act_holds_up_neither_the_start_nor_the_others(session, alice, folder):
    session.add(LongAct(act="dance", at=clock.now(), actor="x", ids="no json"))
    session.add(LongAct(act="revoke", at=clock.now(), actor="x", ids="[1]", untold="{}"))
    session.flush()
    session.execute(
        text("INSERT INTO long_act SELECT 9, act, at, actor, NULL, NULL, NULL, ids, 'x', 0, '[]' FROM long_act LIMIT 1")
    )
    session.commit()
    decided(session, alice)
    said = []
    with database.bound_app(folder).app_context():
        database.make_ready(folder, said.append)
        database.finish_acts(said.append)
    assert revoked(session) == KEYS
    assert sum("cannot be done" in line for line in said) == 3
