"""The statements of a flush, in the words of both databases, fit the tables; and what SQLite alone has to show."""

import pytest

from portal.keys.models import KeyLastUsed, SecretLastUsed, SecretLeak
from portal.usage import statements, statements_postgres
from portal.usage.models import Access, KeyAddress, KeyNetwork, Refusal, UsageHour
from portal.usage.recorder import UsageRecorder
from portal.usage.sink_sqlite import SqliteSink
from tests.usage.conftest import NOW, use


@pytest.mark.parametrize("words", [statements, statements_postgres])
def test_every_column_they_write_is_one_of_the_models_and_in_its_place(words):
    places = [(words.SEE_PLACES.format(table=f"key_{kind}", place=kind), model)
              for kind, model in (("network", KeyNetwork), ("address", KeyAddress))]  # fmt: skip
    apart = [
        (words.SET_LAST_USED_APART.format(table=model.__tablename__), model) for model in (SecretLastUsed, SecretLeak)
    ]
    others = [(words.ADD_CALLS, Access), (words.ADD_HOURS, UsageHour), (words.ADD_REFUSALS, Refusal),
              (words.SET_LAST_USED, KeyLastUsed)]  # fmt: skip
    for statement, model in [*places, *apart, *others]:
        table, _, rest = statement.partition("INSERT INTO ")[2].partition(" (")
        assert table == model.__tablename__
        assert [name.strip() for name in rest.partition(")")[0].split(",")] == model.__table__.columns.keys()


def test_both_have_the_same_statements():
    names = [{name for name in vars(words) if name.isupper()} for words in (statements, statements_postgres)]
    assert names[0] == names[1]


def test_a_token_in_a_path_is_in_no_file_of_the_database(recorder, folder, alice, issue):
    key, token = issue(alice)
    recorder.record(NOW, use(key.id, resource=f"/download/{token}/x"))
    recorder.flush()
    stored = b"".join(path.read_bytes() for path in folder.database.parent.glob("portal.db*"))
    assert token.rpartition("_")[2].encode() not in stored


def test_it_is_quiet_when_there_is_nothing_to_store(tmp_path):
    assert UsageRecorder(SqliteSink(tmp_path / "nowhere.db")).flush()
