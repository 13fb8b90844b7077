"""What cannot be moved is refused in one sentence, and names what stands in the way."""

import sqlite3
from contextlib import closing

import pytest

from portal import create_app
from portal.config import Settings
from portal.file_lock import FileLock


@pytest.fixture
def scribble(folder):
    """Write into the SQLite database by hand."""

    def write(*statement):
        with closing(sqlite3.connect(folder.database)) as connection, connection:
            connection.execute(*statement)

    return write


@pytest.fixture
def misfits(shell, place):
    """Move, and return the lines about what PostgreSQL cannot hold."""

    def try_it():
        result = shell("data", "move", "--to", place.url)
        assert result.exit_code == 1, result.output
        assert "Nothing was moved." in result.stderr
        assert place.rows() == {}
        return [line.strip() for line in result.stderr.splitlines() if line.startswith("  ")]

    return try_it


@pytest.mark.parametrize(
    "url",
    [
        "", "nonsense", "sqlite:///portal.db", "mysql://portal:sesame@localhost/portal", "postgresql://portal:sesame@host",
        "postgresql://portal:ses/ame@host:port/portal", "postgresql+psycopg://portal:sesame@host:99999999/portal",
        "postgresql://portal:sesame@host/portal?nonsense=1", "postgresql://\x00",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_repeated(complaint, url):
    said = complaint("data", "move", "--to", url)

    assert "sesame" not in said
    assert "ses/ame" not in said


def test_a_server_out_of_reach_is_told_without_the_password(complaint, tmp_path):
    said = complaint("data", "move", "--to", f"postgresql://portal:sesame@/portal?host={tmp_path}")

    assert f"portal on {tmp_path}" in said
    assert "sesame" not in said


def test_a_database_that_is_not_there_is_told(complaint, place):
    assert 'database "lost" does not exist' in complaint("data", "move", "--to", place.url.replace(place.name, "lost"))


def test_an_older_server_is_refused(complaint, place, monkeypatch):
    monkeypatch.setattr("portal.postgres.OLDEST", 990_000)

    assert "the portal needs 99" in complaint("data", "move", "--to", place.url)


def test_a_database_of_another_encoding_is_refused(complaint, make_place):
    place = make_place("ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")

    assert "it keeps texts as LATIN1" in complaint("data", "move", "--to", place.url)


def test_a_database_that_can_only_be_read_is_refused(complaint, place):
    place.ask(f"ALTER DATABASE {place.name} SET default_transaction_read_only = on")

    assert "it can only be read" in complaint("data", "move", "--to", place.url)


def test_a_user_who_may_make_no_tables_is_refused(complaint, place):
    place.ask(f"CREATE ROLE guest_{place.name} LOGIN")
    address = place.url.replace("portal:sesame", f"guest_{place.name}")

    assert "this user may not make tables there" in complaint("data", "move", "--to", address)

    place.ask(f"DROP ROLE guest_{place.name}")


def test_a_database_with_rows_is_left_alone(complaint, make_place, alice):
    place = make_place("TEMPLATE migrated")
    place.ask("INSERT INTO site (name, value, version) VALUES ('longest_days', '3', 1)")

    assert "has rows already, in site. Move into an empty database." in complaint("data", "move", "--to", place.url)
    assert place.rows() == {"site": 1}


def test_a_database_of_something_else_is_left_alone(complaint, place):
    place.ask("CREATE TABLE invoices (id integer)")

    assert "has tables of something else, as invoices." in complaint("data", "move", "--to", place.url)
    assert place.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("invoices",)]


def test_a_database_of_another_version_is_left_alone(shell, make_place, alice):
    place = make_place("TEMPLATE migrated")
    place.ask("UPDATE alembic_version SET version_num = '9999'")

    assert "was made by another version of the portal" in shell("data", "move", "--to", place.url).stderr


def test_a_running_portal_is_not_moved(complaint, place, folder):
    with FileLock(folder.path / "tick.lock").held():
        assert "Stop it first" in complaint("data", "move", "--to", place.url)


def test_a_portal_that_is_served_from_postgresql_is_not_moved(place, folder):
    app = create_app(Settings(PORTAL_DATA_DIR=folder.path, PORTAL_DATABASE_URL=place.url))

    said = app.test_cli_runner().invoke(args=["data", "move", "--to", place.url])

    assert said.exit_code == 1
    assert "PORTAL_DATABASE_URL is set" in said.stderr


def test_what_was_moved_is_not_moved_again(shell, complaint, place, make_place, alice):
    shell("data", "move", "--to", place.url)

    assert "This installation was moved to PostgreSQL" in complaint("data", "move", "--to", make_place().url)


def test_texts_that_postgresql_cannot_hold_are_named(misfits, scribble, alice, issue):
    key, _token = issue(alice, "mine")
    scribble("UPDATE person SET email = CAST(x'61ff62' AS TEXT) WHERE id = ?", (alice.id,))
    scribble("UPDATE key SET paused_reason = ? WHERE id = ?", ("a\0b", key.id))
    scribble("UPDATE key SET revoked_by = CAST(x'eda080' AS TEXT) WHERE id = ?", (key.id,))
    scribble("UPDATE key SET name = ? WHERE id = ?", ("n" * 65, key.id))

    assert misfits() == [
        f"person, id {alice.id}: email has bytes that are no UTF-8",
        f"key, id {key.id}: name has more than 64 characters",
        f"key, id {key.id}: paused_reason has a NUL character",
        f"key, id {key.id}: revoked_by has bytes that are no UTF-8",
    ]


def test_values_of_another_kind_are_named(misfits, scribble, alice):
    scribble("UPDATE person SET is_admin = 7, created_at = 'yesterday', password_hash = 'text'")
    scribble("INSERT INTO usage_hour VALUES (1, 2, 3.5, 0)")
    scribble("INSERT INTO site VALUES ('longest_days', '{', 1)")

    assert misfits() == [
        f"person, id {alice.id}: password_hash is not bytes",
        f"person, id {alice.id}: is_admin is not yes or no",
        f"person, id {alice.id}: created_at is not a number",
        "site, name 'longest_days': value is no JSON",
        "usage_hour, key_id 1, hour 2: calls is not a number",
    ]


def test_a_pasted_token_is_not_repeated(misfits, scribble, alice, issue):
    _key, token = issue(alice)
    scribble("INSERT INTO site VALUES (?, '{', 1)", (token,))

    (line,) = misfits()

    assert token.rpartition("_")[2] not in line


def test_no_more_than_twenty_are_named(misfits, scribble, make_person):
    for number in range(30):
        make_person(f"p{number}@example.org")
    scribble("UPDATE person SET email = CAST(x'ff' AS TEXT)")

    lines = misfits()

    assert len(lines) == 21
    assert lines[-1] == "and more"


def test_rows_that_refer_to_nothing_are_named(misfits, scribble):
    scribble("INSERT INTO banner (id, person_id, kind, body, made_at) VALUES (3, 99, 'x', '{}', 1)")

    assert misfits() == ["banner: the row 3 refers to a row of person that is not there"]


def test_a_row_that_postgresql_refuses_is_named(complaint_of_move, scribble, as_alice):
    scribble("INSERT INTO usage_day VALUES (4, 5, 6, 7)")
    said = complaint_of_move("ALTER TABLE usage_day ADD CONSTRAINT never CHECK (key_id <> 4)")

    assert "PostgreSQL refuses usage_day, key_id 4, day 5: " in said


def test_a_table_of_something_else_is_told_of(shell, place, scribble, alice):
    scribble("CREATE TABLE notes (id integer)")

    assert "Left out: 'notes', because it is none of the portal's." in shell("data", "move", "--to", place.url).stdout


def test_a_trail_that_does_not_hold_is_moved_only_on_request(complaint, shell, place, scribble, alice):
    scribble("UPDATE audit SET actor = 'nobody' WHERE seq = 1")

    assert "--with-broken-trail" in complaint("data", "move", "--to", place.url)
    assert place.rows() == {}

    assert shell("data", "move", "--to", place.url, "--with-broken-trail").exit_code == 0
    assert place.rows()["audit"] == 1


@pytest.fixture
def complaint_of_move(shell, make_place):
    """Move to a database whose schema somebody has changed, and return the complaint."""

    def try_it(statement):
        place = make_place("TEMPLATE migrated")
        place.ask(statement)
        result = shell("data", "move", "--to", place.url)
        assert result.exit_code == 1, result.output
        assert place.rows() == {}
        return result.stderr.splitlines()[-1]

    return try_it


def test_what_does_not_arrive_as_it_is_is_found(complaint_of_move, scribble, alice):
    scribble("INSERT INTO banner (id, person_id, kind, body, made_at) VALUES (3, ?, 'x', '{}', 1)", (alice.id,))

    said = complaint_of_move("ALTER TABLE banner ALTER COLUMN kind TYPE char(20)")

    assert said == "Error: Nothing was moved. banner: id 3 differs in kind."
