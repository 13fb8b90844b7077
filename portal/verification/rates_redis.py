"""Counts rates in Redis or Valkey: one count for every process and machine, by the clock of the one server.

The promise is that of `rates_memory`, and the log is the same, kept in a hash. When the server does not answer at once,
this process counts by itself, from what it let in so far, until the server is back: no request waits or fails for it.
"""

import logging
import os
import threading
import time
from collections.abc import Sequence
from typing import Any

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.policy.limits import Rate
from portal.policy.reasons import Reason
from portal.verification.limiter import Spent
from portal.verification.rate_log import SET_BACK_MS
from portal.verification.rates_memory import RatesInMemory, rate_state, slot_ms

log = logging.getLogger(__name__)

ANSWER_SECONDS = 0.1
RETRY_SECONDS = 3.0
_MOST_CONNECTIONS = 1024

# For each key: the period, the count and the slot. Answers whether a rate is full, then of each the total and the wait.
SPEND = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer, logs = {0}, {}
for i, key in ipairs(KEYS) do
  local period, count = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1])
  local fields, log, total = redis.call('HGETALL', key), {}, 0
  for j = 1, #fields, 2 do
    local ends, passed = tonumber(fields[j]), tonumber(fields[j + 1])
    if ends <= now - period + 1 or ends > now + period + SET_BACK then
      redis.call('HDEL', key, fields[j])
    else
      total = total + passed
      table.insert(log, {ends, passed})
    end
  end
  if total >= count then answer[1] = 1 end
  table.sort(log, function(a, b) return a[1] < b[1] end)
  logs[i] = {log, total}
end
for i, key in ipairs(KEYS) do
  local period, count, slot = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local log, total = logs[i][1], logs[i][2]
  if answer[1] == 0 then
    local ends = now - now % slot + slot
    redis.call('HINCRBY', key, string.format('%.0f', ends), 1)
    redis.call('PEXPIRE', key, period + slot)
    total = total + 1
    if #log == 0 then log[1] = {ends, 1} end
  end
  local left, wait = total, period
  for _, entry in ipairs(log) do
    left = left - entry[2]
    if left < count then
      wait = entry[1] - 1 + period - now
      break
    end
  end
  table.insert(answer, total)
  table.insert(answer, wait)
end
return answer
""".replace("SET_BACK", str(SET_BACK_MS))


class RatesInRedis:
    """Counts the rates of keys in the server at `url`, under names that begin with `namespace`."""

    def __init__(self, url: str, namespace: str) -> None:
        self._server = Redis.from_url(
            url.replace("valkey", "redis", 1) if url.startswith("valkey") else url,
            socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS, retry=Retry(NoBackoff(), 0),
            protocol=2, max_connections=_MOST_CONNECTIONS,
        )  # fmt: skip
        self._namespace = namespace
        self._script = self._server.register_script(SPEND)
        self._own = RatesInMemory()
        self._losing = threading.Lock()
        self._lost_in: int | None = None  # the process that lost the server: a thread does not survive a fork

    def spend(self, key_id: int, rates: Sequence[Rate], now_ms: int) -> Spent:
        """Count one request on every rate, each of another period, or on none of them."""
        if self._lost_in == os.getpid():
            return self._own.spend(key_id, rates, now_ms)
        try:
            is_full, *counted = self._ask(key_id, rates)
        except (RedisError, OSError) as error:
            self._lose(error)
            return self._own.spend(key_id, rates, now_ms)
        if not is_full:
            self._own.note(key_id, rates, now_ms)
        return _spent(rates, bool(is_full), counted[::2], counted[1::2])

    def _ask(self, key_id: int, rates: Sequence[Rate]) -> Any:
        names = [f"{self._namespace}:rate:{{{key_id}}}:{rate.period}" for rate in rates]
        numbers = [number for rate in rates for number in (rate.seconds * 1000, rate.count, slot_ms(rate))]
        return self._script(keys=names, args=numbers)

    def _lose(self, error: Exception) -> None:
        with self._losing:
            if self._lost_in == os.getpid():
                return
            self._lost_in = os.getpid()
        log.error("Rates are counted by this process alone: Redis failed with %s: %s", type(error).__name__, error)
        threading.Thread(target=self._find_again, name="redis-search", daemon=True).start()

    def _find_again(self) -> None:
        time.sleep(RETRY_SECONDS)
        while not self._can_write():
            time.sleep(RETRY_SECONDS)
        self._lost_in = None
        log.info("Rates are counted in Redis again.")

    def _can_write(self) -> bool:
        try:
            return bool(self._server.set(f"{self._namespace}:here", 1, px=1000))
        except (RedisError, OSError):
            return False


def _spent(rates: Sequence[Rate], is_full: bool, totals: Sequence[int], waits: Sequence[int]) -> Spent:
    states = tuple(
        rate_state(rate, len(rates), total, wait)
        for rate, total, wait in zip(rates, totals, waits, strict=True)
        if not is_full or total >= rate.count
    )
    return Spent(Reason.RATE_LIMITED if is_full else None, states)
