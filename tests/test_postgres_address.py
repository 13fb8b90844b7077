"""Which addresses of a PostgreSQL are taken, how it is spoken of, and that nobody sees the password."""

import pytest
from psycopg.conninfo import conninfo_to_dict

from portal import postgres
from portal.config import load_settings
from portal.errors import CannotStart


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("postgresql+psycopg://portal:hush@db.example.org:5433/keys", "db.example.org"),
        ("postgresql://portal:hush@db.example.org/keys?sslmode=verify-full", "db.example.org"),
        ("postgres://portal:hush@[2001:db8::1]:5432/keys", "2001:db8::1"),
        ("postgresql+psycopg://portal:hush@/keys?host=/run/postgresql", "/run/postgresql"),
        ("postgresql://portal:hush@one,two/keys?target_session_attrs=read-write", "one,two"),
        ("postgresql:///keys?password=hush", "this machine"),
    ],
)
def test_an_address_is_taken_and_its_password_is_shown_nowhere(monkeypatch, url, host):
    monkeypatch.setenv("PORTAL_DATABASE_URL", url)
    settings = load_settings()
    assert "hush" in settings.postgres_address
    assert postgres.name_of(settings.postgres_address).startswith(f"keys on {host}")
    assert "hush" not in repr(settings) + str(settings) + postgres.name_of(settings.postgres_address)


def test_what_libpq_reads_from_the_environment_is_kept_for_when_that_is_gone(monkeypatch):
    monkeypatch.setenv("PORTAL_DATABASE_URL", "postgresql://portal@db.example.org/keys")
    monkeypatch.setenv("PGPASSWORD", "hush")
    monkeypatch.setenv("PGSSLMODE", "require")
    settings = load_settings()
    monkeypatch.delenv("PGPASSWORD")
    told = conninfo_to_dict(settings.postgres_address)
    assert (told["password"], told["sslmode"]) == ("hush", "require")
    assert "hush" not in repr(settings) + str(settings)


def test_the_address_itself_has_the_last_word(monkeypatch):
    monkeypatch.setenv("PORTAL_DATABASE_URL", "postgresql://portal:hush@db.example.org/keys")
    monkeypatch.setenv("PGPASSWORD", "another")
    monkeypatch.setenv("PGHOST", "elsewhere")
    told = conninfo_to_dict(load_settings().postgres_address)
    assert (told["password"], told["host"]) == ("hush", "db.example.org")


@pytest.mark.parametrize("name", ["PGCONNECT_TIMEOUT", "PGAPPNAME", "PGOPTIONS", "PGSERVICE", "PGDATABASE"])
def test_what_is_meant_for_the_shell_is_not_taken_from_the_environment(monkeypatch, name):
    monkeypatch.setenv("PORTAL_DATABASE_URL", "postgresql://portal@db.example.org/keys")
    before = load_settings().postgres_address
    monkeypatch.setenv(name, "60")
    assert load_settings().postgres_address == before


def test_a_password_that_is_not_utf_8_is_not_quoted(monkeypatch):
    monkeypatch.setenv("PORTAL_DATABASE_URL", "postgresql://portal@db.example.org/keys")
    monkeypatch.setenv("PGPASSWORD", "hush\udce9")
    with pytest.raises(CannotStart, match="variables of libpq") as stopped:
        load_settings()
    assert "udce9" not in str(stopped.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://portal:hush@db/keys", "must be postgresql://user:password@host:port/database"),
        ("db.example.org:5432", "must be postgresql://"),
        ("postgresql+asyncpg://portal:hush@db/keys", "must be postgresql://"),
        ("postgresql://portal:hush@db", "must name a database"),
        ("postgresql://portal:hush@db/", "must name a database"),
        ("postgresql://portal:hush@db/keys?colour=red", "must be postgresql://.*whatever else libpq is to know"),
        ("postgresql://portal:hu sh@db/keys", "must be postgresql://"),
        ("postgresql://portal:hush\x07@db/keys", "must be postgresql://"),
        ("postgresql://portal:%zz-hush@db/keys", "must be postgresql://"),
        ("sqlite:////srv/hush.db", r"must be left out for SQLite, which lives in the data folder \(PORTAL_DATA_DIR\)"),
    ],
)
def test_what_is_no_such_address_stops_the_start_in_one_line(monkeypatch, url, why):
    monkeypatch.setenv("PORTAL_DATABASE_URL", url)
    with pytest.raises(CannotStart, match=rf"^PORTAL_DATABASE_URL: {why}") as stopped:
        load_settings()
    assert "hush" not in str(stopped.value)
    assert "\n" not in str(stopped.value)


def test_without_one_the_database_is_in_the_data_folder():
    assert load_settings().postgres_address is None
