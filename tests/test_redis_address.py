"""Which addresses of a Redis or Valkey are taken; a mistyped one stops the start and shows no password."""

import pytest

from portal.config import load_settings
from portal.errors import CannotStart
from portal.verification.rates_redis import RatesInRedis


@pytest.mark.parametrize(
    "address",
    ["redis://127.0.0.1", "redis://:secret@redis.example.org:6380/2", "rediss://user:secret@[::1]:6379",
     "valkey://cache/0", "valkeys://cache", "unix:///run/redis/redis.sock", "unix://:secret@/run/redis.sock?db=1"],
)  # fmt: skip
def test_an_address_of_redis_or_valkey_is_taken(monkeypatch, address):
    monkeypatch.setenv("PORTAL_REDIS_URL", address)

    settings = load_settings()

    assert settings.redis_url.get_secret_value() == address
    assert RatesInRedis(address, "test")
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:6379", "http://127.0.0.1", "redis://", "redis://:secret@:6379", "redis://:secret@here:port",
     "redis://:secret@here:99999", "redis://here/first", "unix://", "unix://host/path", "redis://[::1"],
)  # fmt: skip
def test_what_is_no_such_address_stops_the_start(monkeypatch, address):
    monkeypatch.setenv("PORTAL_REDIS_URL", address)

    with pytest.raises(CannotStart, match=r"^PORTAL_REDIS_URL: must be redis://host:port/number") as stopped:
        load_settings()
    assert "secret" not in str(stopped.value)
