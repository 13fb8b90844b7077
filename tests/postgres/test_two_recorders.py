"""Two recorders, each as another machine has one, that write the same rows at the same time in opposite orders."""

import threading

from tests.usage.conftest import MINUTE, NOW, use

ROUNDS = 15


def test_neither_waits_for_the_other_for_ever_and_no_call_is_lost(make_recorder, stored, issue, alice, caplog):
    keys = [issue(alice, f"key {number}")[0].id for number in range(12)]

    def hammer(order):
        recorder = make_recorder()
        for number in range(ROUNDS):
            for key_id in order:
                digest = bytes([key_id % 256]) * 32
                recorder.record(NOW, use(key_id, secret=digest, address=f"10.{number}.0.{key_id % 250}"))
                for refused in range(8):  # more than are kept of one: both trim the rows of the same keys
                    recorder.record(NOW + number, use(key_id, reason="expired", resource=f"/{number * 8 + refused}"))
            assert recorder.flush()

    threads = [threading.Thread(target=hammer, args=(order,)) for order in (keys, keys[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [record.message for record in caplog.records if "cannot be stored" in record.message] == []
    hours = stored("SELECT calls, refused FROM usage_hour WHERE key_id = 0")
    assert hours == [(2 * ROUNDS * len(keys), 2 * ROUNDS * len(keys) * 8)]
    assert stored("SELECT sum(calls) FROM secret_last_used") == [(2 * ROUNDS * len(keys),)]
    assert stored(f"SELECT count(*) FROM refusal WHERE key_id = {keys[0]}") == [(50,)]
    assert stored(f"SELECT sum(calls) FROM access WHERE minute = {MINUTE}") == [(2 * ROUNDS * len(keys) * 9,)]
