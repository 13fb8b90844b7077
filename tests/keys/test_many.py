"""Acts on many keys at once."""

import json

import pytest
from sqlalchemy import event, func, select

from portal import clock
from portal.accounts import banners
from portal.accounts.models import Banner
from portal.audit import trail
from portal.audit.events import SHELL, Event
from portal.audit.models import Audit
from portal.errors import Unavailable
from portal.keys import default_key, lifecycle, many
from portal.keys.models import Key
from portal.keys.sieve import Sieve
from portal.site.settings import DAY, SiteSettings

SITE = SiteSettings()


@pytest.fixture
def three(issue, alice, bob):
    """Two keys of Alice and one of Bob, with their tokens."""
    return [issue(alice, "ci"), issue(alice, "laptop"), issue(bob, "bot")]


@pytest.fixture
def ids(three):
    return [key.id for key, _ in three]


def told(session, person):
    return [(banner.kind, json.loads(banner.body)) for banner in banners.shown(session, person)]


def entries(session, what):
    return session.scalars(select(Audit).where(Audit.event == what).order_by(Audit.seq)).all()


def test_each_key_is_refused_from_then_on(session, three, ids, ask):
    assert many.stop(session, SHELL, many.REVOKE, ids, "The lab closes") == 3
    session.commit()
    assert [ask(token) for _, token in three] == ["revoked"] * 3


def test_each_key_has_an_entry_of_its_own_and_the_chain_holds(session, three, ids):
    many.stop(session, SHELL, many.REVOKE, ids, "The lab closes")
    session.commit()
    assert [entry.subject for entry in entries(session, Event.KEY_REVOKED)] == [key.public_id for key, _ in three]
    assert json.loads(entries(session, Event.KEY_REVOKED)[0].body) == {"name": "ci", "reason": "The lab closes"}
    assert trail.find_break(session) is None


def test_each_owner_has_one_banner_with_the_reason(session, alice, bob, three, ids):
    many.stop(session, SHELL, many.REVOKE, ids, "The lab closes")
    session.commit()
    assert told(session, alice) == [
        ("keys-revoked", {"names": ["ci", "laptop"], "count": 2, "by": "shell", "reason": "The lab closes"})
    ]
    assert told(session, bob) == [
        (
            "key-revoked",
            {"public_id": three[2][0].public_id, "name": "bot", "by": "shell", "reason": "The lab closes"},
        )
    ]


def test_of_keys_that_changed_hands_those_are_left_that_still_are_somebodys(session, alice, bob, ids):
    session.get_one(Key, ids[0]).owner_id = bob.id
    session.flush()
    assert many.still_of(session, alice.id, ids[::-1]) == [ids[1]]
    assert many.still_of(session, bob.id, ids[::-1]) == [ids[2], ids[0]]
    assert many.still_of(session, alice.id, []) == []


def test_who_acts_on_their_own_keys_is_told_nothing(session, alice, as_alice, ids):
    many.stop(session, as_alice, many.REVOKE, ids[:2])
    session.commit()
    assert told(session, alice) == []


def test_the_reason_stands_on_each_key(session, ids):
    many.stop(session, SHELL, many.REVOKE, ids, "The lab closes")
    session.commit()
    session.expire_all()
    assert {(key.revoked_by, key.revoked_reason) for key in session.scalars(select(Key))} == {
        ("shell", "The lab closes")
    }


def test_a_key_that_was_revoked_before_stays_as_it_was(session, three, ids, as_alice):
    lifecycle.revoke(session, as_alice, three[0][0], "mine")
    session.commit()
    assert many.stop(session, SHELL, many.REVOKE, ids, "ours") == 2
    session.commit()
    session.expire_all()
    assert three[0][0].revoked_reason == "mine"
    assert len(entries(session, Event.KEY_REVOKED)) == 3


def test_pausing_passes_over_what_is_revoked_or_paused(session, three, ids):
    lifecycle.revoke(session, SHELL, three[0][0])
    lifecycle.pause(session, SHELL, three[1][0])
    session.commit()
    assert many.stop(session, SHELL, many.PAUSE, ids, "Unused for a year") == 1
    session.commit()
    session.expire_all()
    assert (three[2][0].paused_by, three[2][0].paused_reason) == ("shell", "Unused for a year")


def test_pausing_leaves_what_is_over_or_never_began(session, issue, alice, as_alice):
    issue(alice, "over", expires_at=clock.now() - DAY)
    default_key.reserve(session, as_alice, alice, prefix="ptl", site=SITE)
    living, _ = issue(alice, "living")
    assert many.matching(session, Sieve(), SITE, act=many.PAUSE) == [living.id]
    assert many.stop(session, SHELL, many.PAUSE, session.scalars(select(Key.id)).all()) == 1


def test_a_paused_key_can_be_resumed_by_its_owner_and_keeps_no_reason(session, bob, three, ids):
    many.stop(session, SHELL, many.PAUSE, ids)
    session.commit()
    key = session.get(Key, ids[2], populate_existing=True)
    assert lifecycle.resume(session, SHELL, key) is None
    assert (key.paused_at, key.paused_by, key.paused_reason) == (None, None, None)


def test_the_version_of_each_key_goes_up_so_that_an_open_form_is_refused(session, three, ids):
    before = [key.version for key, _ in three]
    many.stop(session, SHELL, many.PAUSE, ids)
    session.commit()
    session.expire_all()
    assert [key.version for key, _ in three] == [version + 1 for version in before]


def test_when_one_write_fails_no_key_is_stopped(session, three, ids):
    engine = session.get_bind()

    def fail(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO banner"):
            raise Unavailable("The disk is full.")

    event.listen(engine, "before_cursor_execute", fail)
    many.stop(session, SHELL, many.REVOKE, ids)
    with pytest.raises(Unavailable):
        session.commit()
    session.rollback()
    event.remove(engine, "before_cursor_execute", fail)
    assert session.scalar(select(func.count()).where(Key.revoked_at.is_not(None))) == 0
    assert entries(session, Event.KEY_REVOKED) == []
    assert session.scalar(select(func.count()).select_from(Banner)) == 0


def test_an_id_that_is_given_twice_or_unknown_counts_once_or_not(session, ids):
    assert many.stop(session, SHELL, many.REVOKE, [ids[0], ids[0], 424242]) == 1


def test_hundreds_of_keys_take_few_statements(session, alice, issue):
    ids = [issue(alice, f"key {number}")[0].id for number in range(60)]
    statements = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert many.stop(session, SHELL, many.REVOKE, ids) == 60
    session.commit()
    assert len(statements) <= 10


def test_everything_that_matches_is_found_by_the_filters_of_the_list(session, alice, ids):
    assert many.matching(session, Sieve(owner=alice.email), SITE) == ids[:2]
    assert many.matching(session, Sieve(), SITE) == ids


def test_a_key_that_was_made_after_somebody_looked_is_left_alone(session, ids):
    assert many.matching(session, Sieve(), SITE, upto=ids[1]) == ids[:2]


def test_what_an_act_would_not_change_is_not_counted(session, three, ids):
    lifecycle.pause(session, SHELL, three[1][0])
    session.commit()
    assert many.matching(session, Sieve(), SITE, act=many.PAUSE) == [ids[0], ids[2]]
    assert many.matching(session, Sieve(), SITE, act=many.REVOKE) == ids
