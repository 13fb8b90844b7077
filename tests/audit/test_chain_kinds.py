"""SQLite keeps any value in any column: one of another kind than its column is found, whatever it reads as."""

import pytest
from sqlalchemy import text

from portal.audit import chain, trail
from portal.audit.chain import Break
from portal.audit.events import Actor, Event
from portal.errors import Unavailable
from tests.audit.test_chain import five, tamper

__all__ = ["five", "tamper"]  # fixtures


def test_a_text_that_was_put_as_bytes_is_found(tamper):
    for column in ("event", "actor", "address", "subject", "body", "prev", "hash"):
        assert tamper(f"UPDATE audit SET {column} = CAST({column} AS BLOB) WHERE seq = 3") == Break(3, "was altered")
        assert tamper(f"UPDATE audit SET {column} = CAST({column} AS TEXT) WHERE seq = 3") is None


@pytest.mark.parametrize("column", ["at", "actor_id"])
@pytest.mark.parametrize("value", ["'zz'", "x'00ff'", "1.5", "9e999", "CAST({} AS BLOB)", "9e18"])
@pytest.mark.parametrize("seq", [1, 5])
def test_a_number_of_another_kind_is_found(tamper, column, value, seq):
    assert tamper(f"UPDATE audit SET {column} = {value.format(column)} WHERE seq = {seq}") == Break(seq, "was altered")


def test_bytes_that_are_no_text_are_found_even_where_they_read_the_same(session, tamper):
    trail.record(session, Event.PERSON_CREATED, Actor("ada"), "odd \ufffd")
    session.commit()
    assert chain.find_break(session) is None
    assert tamper("UPDATE audit SET subject = CAST(x'6f646420ff' AS TEXT) WHERE seq = 6") == Break(6, "was altered")


HEADS = [
    "seq = 'x'", "seq = x'05'", "seq = 5.5", "seq = 9e999", "hash = CAST(hash AS BLOB)", "hash = x'ff'",
    "hash = CAST(x'ff' AS TEXT)",
]  # fmt: skip


@pytest.mark.parametrize("change", HEADS)
def test_a_head_of_another_kind_is_found(session, tamper, change):
    assert tamper(f"UPDATE audit_head SET {change}") == Break(0, "was altered at the head")
    assert isinstance(chain.length(session), int)


@pytest.mark.parametrize("change", HEADS[:6])
def test_nothing_is_written_behind_such_a_head(session, tamper, change):
    tamper(f"UPDATE audit_head SET {change}")
    trail.record(session, Event.PERSON_CREATED, Actor("ada"), "late")
    with pytest.raises(Unavailable, match="head of the audit trail"):
        session.commit()
    session.rollback()
    assert session.scalar(text("SELECT count(*) FROM audit")) == 5
