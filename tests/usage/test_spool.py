"""Batches: written whole, read once, and stored by exactly one storer exactly once."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from portal.config import ROOT
from portal.data_folder import DataFolder
from portal.keys.token import mint
from portal.usage import notes
from portal.usage import storer as storers
from portal.usage.fold import Fold
from portal.usage.folded import Folded
from portal.usage.line import line_of
from portal.usage.notes import MOST_OF_A_LINE, PART
from portal.usage.recorder import UsageRecorder
from portal.usage.sink import Sink
from portal.usage.spool import Spool, Stored
from portal.usage.storer import Storer
from tests.support.patience import wait_for
from tests.usage.conftest import NOW, use

Rows = Callable[..., list[Any]]


@pytest.fixture
def spool(folder: DataFolder) -> Spool:
    return Spool(folder.usage)


@pytest.fixture
def new_sink(open_sink: Callable[[], Sink]) -> Iterator[Callable[[], Sink]]:
    sinks: list[Sink] = []

    def make() -> Sink:
        sinks.append(open_sink())
        return sinks[-1]

    yield make
    for sink in sinks:
        sink.close()


@pytest.fixture
def storer(spool: Spool, new_sink: Callable[[], Sink]) -> Storer:
    return Storer(spool, new_sink())


@pytest.fixture
def tended(spool: Spool) -> Iterator[None]:
    """Somebody tends the spool, who does nothing."""
    lock = spool.tend()
    assert lock.take()
    yield
    lock.release()


def spooling(make_recorder: Callable[..., UsageRecorder], spool: Spool, **options: Any) -> UsageRecorder:
    return make_recorder(spool=spool, **options)


def put(spool: Spool, folded: Folded) -> None:
    spool.put([line_of(list(folded.items()))])


def calls(stored: Rows) -> int:
    return sum(row[-1] for row in stored())


def test_what_is_read_is_what_was_put(spool: Spool, tended: None) -> None:
    odd = Fold(5, None, None, None, None, "/\u00e9_%41", "unknown", b"\x01" * 32)
    put(spool, {use(3): [2, NOW], odd: [1, NOW + 1]})
    (name,) = spool.waiting()
    assert spool.read(name) == [(use(3), 2, NOW), (odd, 1, NOW + 1)]


def test_what_the_version_before_wrote_is_read(spool: Spool, tended: None) -> None:
    """That one wrote each column whole, and not how many rows they are."""
    written = {"fold": [[5, 5], [1, 2], [3, 3], [None, "::1"], *[[None, None]] * 3, [None, "ff" * 32]]}
    spool.put([json.dumps({**written, "calls": [1, 2], "at": [NOW, NOW + 1]})])
    assert spool.read(spool.waiting()[0]) == [
        ((5, 1, 3, None, None, None, None, None), 1, NOW),
        ((5, 2, 3, "::1", None, None, None, b"\xff" * 32), 2, NOW + 1),
    ]


def test_batches_of_many_rows_are_read_whole(spool: Spool, tended: None) -> None:
    put(spool, {use(number): [number, NOW] for number in range(1000)})
    (name,) = spool.waiting()
    assert spool.read(name) == [(use(number), number, NOW) for number in range(1000)]


def test_batches_wait_in_the_order_in_which_they_came(spool: Spool, tended: None) -> None:
    for number in range(5):
        put(spool, {use(3): [1, NOW + number]})
    assert [spool.read(name)[0][2] - NOW for name in spool.waiting()] == [0, 1, 2, 3, 4]


def test_only_the_owner_can_read_a_batch(spool: Spool, tended: None, folder: DataFolder) -> None:
    put(spool, {use(3): [1, NOW]})
    assert {oct(path.stat().st_mode & 0o777) for path in folder.usage.iterdir()} == {"0o600"}
    assert oct(folder.usage.stat().st_mode & 0o777) == "0o700"


def test_a_batch_that_is_being_written_does_not_wait_yet(spool: Spool, tended: None, folder: DataFolder) -> None:
    (folder.usage / "0123.batch.part").write_text("[[")
    assert spool.waiting() == []


def test_more_than_may_wait_is_refused(folder: DataFolder, tended: None) -> None:
    small = Spool(folder.usage, most_bytes=10)
    put(small, {use(3): [1, NOW]})
    with pytest.raises(OSError, match="waiting"):
        put(small, {use(3): [1, NOW]})


def test_a_folder_that_was_never_used_is_not_tended_and_has_nothing(spool: Spool) -> None:
    assert (spool.is_tended(), spool.waiting()) == (False, [])


def test_a_tended_spool_is_put_into_and_nothing_is_stored(
    make_recorder: Any, spool: Spool, tended: None, stored: Rows, key_id: int
) -> None:
    recorder = spooling(make_recorder, spool)
    recorder.record(NOW, use(key_id))
    assert recorder.flush()
    assert (stored(), len(spool.waiting())) == ([], 1)


def test_a_flush_without_requests_makes_no_batch(make_recorder: Any, spool: Spool, tended: None) -> None:
    assert spooling(make_recorder, spool).flush()
    assert spool.waiting() == []


def test_the_storer_stores_what_was_put_and_takes_it_away(
    make_recorder: Any, spool: Spool, tended: None, storer: Storer, stored: Rows, key_id: int
) -> None:
    recorder = spooling(make_recorder, spool)
    for _ in range(3):
        for _ in range(4):
            recorder.record(NOW, use(key_id))
        recorder.flush()
    assert storer.store()
    assert (calls(stored), len(stored()), spool.waiting()) == (12, 1, [])
    assert stored("SELECT key_id, at FROM key_last_used") == [(key_id, NOW)]


def test_where_nobody_tends_the_spool_the_recorder_stores_what_was_left_in_it(
    make_recorder: Any, spool: Spool, stored: Rows, key_id: int
) -> None:
    lock = spool.tend()
    assert lock.take()
    recorder = spooling(make_recorder, spool)
    recorder.record(NOW, use(key_id))
    recorder.flush()
    lock.release()
    recorder.record(NOW, use(key_id))
    assert recorder.flush()
    assert (calls(stored), spool.waiting()) == (2, [])


def test_what_could_not_be_put_is_kept(
    make_recorder: Any, spool: Spool, tended: None, storer: Storer, stored: Rows, key_id: int
) -> None:
    recorder = spooling(make_recorder, Spool(spool._folder, most_bytes=-1))
    for number in range(3):
        recorder.record(NOW + number, use(key_id))
    assert not recorder.flush()
    assert recorder.standing().waiting == 1
    recorder._spool = spool
    recorder.record(NOW + 3, use(key_id))
    assert recorder.flush()
    assert spool.read(spool.waiting()[0]) == [(use(key_id), 3, NOW + 2), (use(key_id), 1, NOW + 3)]


def test_what_differs_beyond_the_cap_is_dropped_while_nothing_can_be_put(
    make_recorder: Any, spool: Spool, tended: None
) -> None:
    recorder = spooling(make_recorder, Spool(spool._folder, most_bytes=-1), most_noted=2)
    for number in range(6):
        recorder.record(NOW, use(number + 1))
        assert not recorder.flush()
    assert (recorder.standing().waiting, recorder.standing().dropped) == (3, 3)
    recorder._spool = spool


def test_equal_requests_take_no_more_room_however_many_they_are(make_recorder: Any, spool: Spool, key_id: int) -> None:
    recorder = spooling(make_recorder, spool)
    for _ in range(10 * PART):
        recorder.record(NOW, use(key_id))
    assert (recorder.standing().waiting, recorder.standing().dropped) == (1, 0)


def test_what_cannot_be_written_out_fails_no_request_and_holds_up_no_other_record(
    make_recorder: Any, spool: Spool, tended: None, storer: Storer, stored: Rows, key_id: int, monkeypatch: Any
) -> None:
    recorder = spooling(make_recorder, spool)
    recorder.flush()
    with monkeypatch.context() as broken:
        broken.setattr(notes, "line_of", lambda _rows: {}["nothing"])
        for number in range(2 * MOST_OF_A_LINE):
            recorder.record(NOW, use(key_id, resource=f"/{number}"))
    assert recorder.standing().dropped == 2 * MOST_OF_A_LINE
    recorder.record(NOW, use(key_id))
    assert recorder.flush()
    assert storer.store()
    assert calls(stored) == 1


@pytest.mark.parametrize("recorders", [1, 4])
def test_no_request_is_lost_however_many_threads_note_them(
    make_recorder: Any, spool: Spool, tended: None, storer: Storer, stored: Rows, key_id: int, recorders: int
) -> None:
    recorder = spooling(make_recorder, spool)
    recorder.record(NOW, use(key_id))
    recorder.flush()  # it knows now that the spool is tended, and writes out what it counts

    def note() -> None:
        for number in range(5 * MOST_OF_A_LINE):
            recorder.record(NOW, use(key_id, resource=f"/{number}"))

    threads = [threading.Thread(target=note) for _ in range(recorders)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        recorder.flush()
    recorder.flush()
    assert storer.store()
    assert calls(stored) == 1 + recorders * 5 * MOST_OF_A_LINE


def test_a_batch_that_holds_no_records_is_passed_over(
    spool: Spool, tended: None, storer: Storer, stored: Rows, folder: DataFolder, key_id: int, caplog: Any
) -> None:
    (folder.usage / "000-bad.batch").write_text('[["x"')
    (folder.usage / "001-bad.batch").write_text('{"fold": [[1], [2]], "calls": [1], "at": [1]}\n')
    (folder.usage / "002-bad.batch").write_text('{"calls": [1]}\n')
    put(spool, {use(key_id): [1, NOW]})
    assert storer.store()
    assert (calls(stored), spool.waiting()) == (1, [])
    assert "000-bad.batch" in caplog.text


@pytest.mark.parametrize("columns", [7, 9])
def test_a_batch_of_another_version_holds_up_no_other(
    spool: Spool, tended: None, storer: Storer, stored: Rows, key_id: int, columns: int
) -> None:
    spool.put(['{"fold": [' + ", ".join(["[1]"] * columns) + '], "calls": [1], "at": [1]}'])
    put(spool, {use(key_id): [1, NOW]})
    assert storer.store()
    assert (calls(stored), spool.waiting()) == (1, [])


def test_a_batch_that_was_stored_and_not_taken_away_is_not_stored_again(
    spool: Spool, tended: None, storer: Storer, new_sink: Callable[[], Sink], stored: Rows, key_id: int
) -> None:
    """As when the storer is killed between its commit and the removal of the files."""
    put(spool, {use(key_id): [1, NOW]})
    kept = spool.remove
    spool.remove = lambda _names: None  # type: ignore[method-assign]
    storer._remember()
    names, flush = storer._some(spool.waiting()[-1])  # type: ignore[misc]
    storer._sink.write(flush, Stored(spool.id, names))
    spool.remove = kept  # type: ignore[method-assign]
    assert len(spool.waiting()) == 1
    assert Storer(spool, new_sink()).store()
    assert (calls(stored), spool.waiting()) == (1, [])


def test_what_the_database_does_not_take_goes_on_waiting(
    spool: Spool, tended: None, storer: Storer, stored: Rows, alter: Callable[[str], None], key_id: int
) -> None:
    put(spool, {use(key_id): [1, NOW]})
    alter("ALTER TABLE access RENAME TO gone")
    assert not storer.store()
    assert len(spool.waiting()) == 1
    alter("ALTER TABLE gone RENAME TO access")
    assert storer.store()
    assert (calls(stored), spool.waiting()) == (1, [])


def test_two_spools_in_one_database_do_not_know_each_others_batches(
    tmp_path: Path, new_sink: Callable[[], Sink], stored: Rows, key_id: int
) -> None:
    for name in ("one", "other"):
        spool = Spool(tmp_path / name)
        with spool.tend().held():
            put(spool, {use(key_id): [1, NOW]})
        assert Storer(spool, new_sink()).store()
    assert calls(stored) == 2
    assert len(stored("SELECT DISTINCT spool FROM usage_batch")) == 2


def test_many_records_are_stored_in_several_transactions(
    spool: Spool, tended: None, storer: Storer, stored: Rows, key_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storers, "MOST_ROWS", 0)
    for _ in range(5):
        put(spool, {use(key_id): [2, NOW]})
    assert storer.store()
    assert (calls(stored), spool.waiting()) == (10, [])
    assert [names.count(".batch") for (names,) in stored("SELECT names FROM usage_batch")] == [1]


@contextmanager
def running(storer: Storer) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=storer.run, args=(stop,))
    thread.start()
    wait_for(storer._spool.is_tended)
    yield
    stop.set()
    thread.join()


def test_what_takes_no_time_is_stored_at_once(spool: Spool, new_sink: Callable[[], Sink], key_id: int) -> None:
    with running(Storer(spool, new_sink(), every_seconds=0.01)):
        put(spool, {use(key_id): [1, NOW]})
        wait_for(lambda: not spool.waiting())


def test_before_it_works_for_long_it_rests_counted_from_when_something_waits(
    spool: Spool, new_sink: Callable[[], Sink], key_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storers, "QUIET", 1_000_000)
    monkeypatch.setattr(storers, "_FIRST_GUESS", 1.0)  # seconds for a byte
    monkeypatch.setattr(storers, "LONGEST_SECONDS", 0.5)
    with running(Storer(spool, new_sink(), every_seconds=0.01)):
        time.sleep(0.6)  # without anything to do is no rest
        begun = time.monotonic()
        put(spool, {use(key_id): [1, NOW]})
        wait_for(lambda: not spool.waiting())
        assert time.monotonic() - begun > 0.4


def test_it_rests_only_as_long_as_more_comes(
    spool: Spool, new_sink: Callable[[], Sink], key_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storers, "_FIRST_GUESS", 1e9)
    monkeypatch.setattr(storers, "LONGEST_SECONDS", 3600)
    with running(Storer(spool, new_sink(), every_seconds=0.2)):
        for _ in range(20):
            put(spool, {use(key_id): [1, NOW]})
            time.sleep(0.05)
        assert len(spool.waiting()) == 20
        wait_for(lambda: not spool.waiting())


def test_at_its_end_it_rests_no_more(
    spool: Spool, new_sink: Callable[[], Sink], stored: Rows, key_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storers, "QUIET", 1_000_000)
    monkeypatch.setattr(storers, "_FIRST_GUESS", 1e9)
    monkeypatch.setattr(storers, "LONGEST_SECONDS", 3600)
    with running(Storer(spool, new_sink(), every_seconds=0.01)):
        put(spool, {use(key_id): [1, NOW]})
        time.sleep(0.1)
        assert spool.waiting()
    assert (calls(stored), spool.waiting()) == (1, [])


def test_one_storer_at_a_time_and_the_next_takes_over(spool: Spool, new_sink: Callable[[], Sink]) -> None:
    stops = [threading.Event(), threading.Event()]
    threads = [
        threading.Thread(target=Storer(spool, new_sink(), every_seconds=0.01).run, args=(stop,)) for stop in stops
    ]
    for thread in threads:
        thread.start()
    for stop, thread in zip(stops, threads, strict=True):
        time.sleep(0.1)
        assert spool.is_tended()
        stop.set()
        thread.join(5)
    assert not spool.is_tended()


WRITER = """
import sys, time
from pathlib import Path
from portal.usage.fold import Fold
from portal.usage.line import line_of
from portal.usage.notes import MOST_OF_A_LINE, PART
from portal.usage.spool import Spool
spool = Spool(Path(sys.argv[1]))
print("writing", flush=True)
while True:
    spool.put([line_of([(Fold(1, number, 1, None, None, "x" * 500, None), [1, 1]) for number in range(400)])])
"""


def test_a_writer_that_is_killed_leaves_whole_batches_only(spool: Spool, tended: None, folder: DataFolder) -> None:
    for _ in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder.usage)], stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.05)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
    assert {len(spool.read(name)) for name in spool.waiting()} == {400}


def test_a_token_in_a_path_lies_in_no_file(spool: Spool, tended: None, folder: DataFolder) -> None:
    token = str(mint("ptl"))
    put(spool, {use(3, resource=f"/v1/{token}/x"): [1, NOW], use(4, resource=f"/v1/{quote(token)}%2Fx"): [1, NOW]})
    (name,) = spool.waiting()
    assert token.rpartition("_")[2] not in (folder.usage / name).read_text()


def test_a_batch_whose_commit_was_not_confirmed_is_not_stored_again(
    spool: Spool, tended: None, storer: Storer, stored: Rows, key_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after the commit: the database is asked before it is tried again."""
    put(spool, {use(key_id): [1, NOW]})
    write = storer._sink.write

    def break_after(flush: Any, batches: Any = None) -> None:
        write(flush, batches)
        raise OSError("the connection broke")

    monkeypatch.setattr(storer._sink, "write", break_after)
    assert not storer.store()
    monkeypatch.setattr(storer._sink, "write", write)
    assert storer.store()
    assert (calls(stored), spool.waiting()) == (1, [])


def test_a_batch_that_cannot_be_read_holds_up_no_other(
    spool: Spool, tended: None, storer: Storer, stored: Rows, folder: DataFolder, key_id: int
) -> None:
    (folder.usage / "000.batch").mkdir()
    put(spool, {use(key_id): [1, NOW]})
    assert storer.store()
    assert (calls(stored), spool.waiting()) == (1, ["000.batch"])


def test_what_comes_while_it_stores_is_for_the_next_time(
    spool: Spool, tended: None, storer: Storer, stored: Rows, key_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = storer._sink.write

    def write_and_put(flush: Any, batches: Any = None) -> None:
        write(flush, batches)
        put(spool, {use(key_id): [1, NOW]})

    monkeypatch.setattr(storer._sink, "write", write_and_put)
    put(spool, {use(key_id): [1, NOW]})
    assert storer.store()
    assert (calls(stored), len(spool.waiting())) == (1, 1)


def test_drafts_of_writers_that_were_killed_are_cleared_away(
    spool: Spool, tended: None, storer: Storer, folder: DataFolder
) -> None:
    for name, age in (("old", 3600), ("new", 0)):
        (folder.usage / f"{name}.batch.part").write_text("{")
        os.utime(folder.usage / f"{name}.batch.part", (time.time() - age,) * 2)
    assert storer.store()
    assert [path.name for path in folder.usage.glob("*.part")] == ["new.batch.part"]
