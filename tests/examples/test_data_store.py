"""The data store itself: it lasts, it is shared by processes, and it says when it is full."""

import subprocess
import sys

import pytest

from examples.research_api import create_app, data_store
from examples.research_api.data_store import DataStore, sample_files
from examples.research_api.stored import File, NotStored, StoreFull, StoreUnavailable
from portal.config import ROOT
from portal.errors import CannotStart
from portal.policy.policy import Policy

WRITES = Policy.read({"data": "write"})
A = File("a.txt", "text/plain", b"one")
WRITER = """
import sys
from pathlib import Path
from examples.research_api.data_store import DataStore
from examples.research_api.stored import File
store = DataStore(Path(sys.argv[1])).prepare()
for number in range(40):
    store.put("alice@example.org", File(f"{sys.argv[2]}/{number}", "text/plain", b"x"))
    store.put("alice@example.org", File("counted", "text/plain", b"x"))
"""


@pytest.fixture
def store(tmp_path):
    return DataStore(tmp_path / "research.db").prepare(sample_files())


def test_its_file_is_for_its_owner_only(store, tmp_path):
    assert (tmp_path / "research.db").stat().st_mode & 0o777 == 0o600


def test_what_is_stored_outlasts_a_restart(verifier, settings, alice, issue):
    headers = {"X-API-Key": issue(alice, policy=WRITES)[1]}
    with create_app(verifier, settings).test_client() as before:
        assert before.put("/v1/data/a.txt", data=b"one", headers=headers).status_code == 201
    with create_app(verifier, settings).test_client() as after:
        assert after.get("/v1/data/a.txt", headers=headers).data == b"one"
        assert len(after.get("/v1/data/sample", headers=headers).json["files"]) == 2


def test_two_processes_write_at_once_and_nothing_is_lost(store, tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path / "research.db")]
    writers = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("first", "second")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    files = store.files("alice@example.org")
    assert len([file for file in files if file.path.startswith(("first/", "second/"))]) == 80
    assert len(files) == 80 + 1 + 2


def test_a_new_version_of_the_sample_data_takes_the_place_of_the_old(store, tmp_path):
    newer = File("sample/hello.txt", "text/plain", b"newer")
    again = DataStore(tmp_path / "research.db").prepare([newer])
    assert again.read("alice@example.org", "sample/hello.txt")[1] == b"newer"


def test_the_sample_data_is_left_alone_where_it_is_the_same(store, tmp_path):
    before = store.files("alice@example.org")
    assert DataStore(tmp_path / "research.db").prepare(sample_files()).files("alice@example.org") == before


def test_a_full_store_takes_no_more_and_keeps_what_it_has(tmp_path):
    store = DataStore(tmp_path / "research.db", most_bytes=64 * 1024).prepare()
    store.put("alice@example.org", A)
    with pytest.raises(StoreFull):
        store.put("alice@example.org", File("b", "text/plain", b"x" * 60_000))
    assert [file.path for file in store.files("alice@example.org")] == ["a.txt"]


def test_a_full_store_is_told_of_in_a_sentence(api, alice, issue, folder):
    api.extensions["research.store"] = DataStore(folder.path / "research.db", most_bytes=32 * 1024)
    headers = {"X-API-Key": issue(alice, policy=WRITES)[1]}
    reply = api.test_client().put("/v1/data/a", data=b"x" * 60_000, headers=headers)
    assert (reply.status_code, reply.json["reason"]) == (507, "store-full")
    assert reply.json["detail"] == "The data store is full: nothing was saved. Tell whoever runs this API."


def test_a_store_that_does_not_answer_is_told_of_in_a_sentence(api, alice, issue, folder, monkeypatch):
    monkeypatch.setattr(data_store, "BUSY_SECONDS", 0)
    headers = {"X-API-Key": issue(alice, policy=WRITES)[1]}
    with api.extensions["research.store"]._transaction():
        reply = api.test_client().put("/v1/data/a", data=b"x", headers=headers)
    assert (reply.status_code, reply.json["reason"], reply.headers["Retry-After"]) == (503, "unavailable", "1")


def test_a_store_that_is_gone_is_unavailable(store, tmp_path):
    (tmp_path / "research.db").unlink()
    with pytest.raises(StoreUnavailable):
        store.files("alice@example.org")


def test_an_app_on_a_file_that_is_no_store_does_not_start(verifier, settings, folder):
    (folder.path / "research.db").write_text("no database, but long enough to be taken for one" * 100)
    with pytest.raises(CannotStart, match="cannot be opened"):
        create_app(verifier, settings)


def test_a_change_that_is_not_expected_is_not_made(store):
    store.put("alice@example.org", A)
    assert store.put("alice@example.org", A._replace(body=b"two"), lambda _: False) is NotStored.NOT_AS_EXPECTED
    assert store.read("alice@example.org", "a.txt")[1] == b"one"
