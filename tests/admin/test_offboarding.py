"""Somebody leaves: their keys on one screen, to revoke or to hand over."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from portal import clock
from portal.accounts import banners
from portal.audit.models import Audit
from portal.keys import many
from portal.keys.models import Key, KeyLastUsed
from tests.cast import ADA, ALICE, BOB
from tests.support.form import fields_of


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def admin(request, visit, ada):
    visitor = visit(ada, htmx=request.param)
    visitor.get("/admin/users")
    return visitor


@pytest.fixture
def keys(alice, bob, issue):
    return [issue(alice, name)[0] for name in ("ci", "nightly", "old")]


@pytest.fixture
def page(alice):
    return f"/admin/users/{alice.id}"


@pytest.fixture
def reread(session):
    def read(keys):
        session.rollback()
        ids = [key.id for key in keys]
        found = select(Key).where(Key.id.in_(ids)).order_by(Key.id).execution_options(populate_existing=True)
        return session.scalars(found).all()

    return read


def use(session, key, ago, address="192.0.2.7"):
    row = session.get(KeyLastUsed, key.id)
    row.at, row.address, row.used = clock.now() - ago, address, True
    session.commit()


def ticked(*keys):
    return {"key": [key.public_id for key in keys]}


def names(page):
    return re.findall(r"<bdi>([^<@]+)</bdi>", page.text)


def test_the_page_shows_each_key_with_what_still_uses_it(admin, page, keys, session):
    use(session, keys[0], timedelta(hours=3))
    text = admin.get(page).text
    assert all(name in text for name in ("ci", "nightly", "old", "3 hours ago", "192.0.2.7", "Never used", "Active"))
    assert names(admin.get(f"{page}?show=used")) == ["ci"]
    assert all(key.public_id in text for key in keys)


def test_the_ticked_keys_are_revoked_with_a_reason(admin, page, alice, keys, reread, session):
    asked = admin.post(f"{page}/keys/ask", act="revoke", **ticked(*keys[:2]))
    assert asked.status_code == 200
    assert "2 keys of alice@example.org" in asked.text
    assert "None of them was used in the last 30 days." in asked.text
    done = admin.post(f"{page}/keys/revoke", reason="Alice has left", **ticked(*keys[:2]))
    assert done.status_code in {200, 303}
    assert [key.revoked_reason for key in reread(keys)] == ["Alice has left", "Alice has left", None]
    assert [key.revoked_by for key in reread(keys)] == [ADA, ADA, None]
    [told] = banners.shown(session, alice)
    assert json.loads(told.body)["reason"] == "Alice has left"


def test_a_key_that_changes_hands_in_between_is_left_to_the_colleague(
    admin, page, keys, bob, reread, session, monkeypatch
):
    in_order = many.by_owner

    def hand_over_meanwhile(reading, ids):
        session.get_one(Key, keys[0].id).owner_id = bob.id
        session.commit()
        return in_order(reading, ids)

    monkeypatch.setattr(many, "by_owner", hand_over_meanwhile)
    done = admin.post(f"{page}/keys/revoke", reason="Alice has left", **ticked(*keys[:2]))
    assert [key.revoked_reason for key in reread(keys)] == [None, "Alice has left", None]
    assert "Revoked 1 key." in (done.headers.get("HX-Trigger") or admin.get(page).text)
    assert banners.shown(session, bob) == []


def test_before_one_key_is_stopped_its_last_use_is_said(admin, page, keys, session):
    use(session, keys[0], timedelta(days=2))
    asked = admin.post(f"{page}/keys/ask", act="revoke", **ticked(keys[0])).text
    assert "One key of alice@example.org: ci." in asked
    assert "2 days ago" in asked
    assert "192.0.2.7" in asked


def test_what_was_asked_about_is_what_the_form_sends(visit, ada, page, keys, reread):
    admin = visit(ada)
    admin.get(page)
    fields = fields_of(
        admin.post(f"{page}/keys/ask", act="hand-over", **ticked(keys[1])).text, f"{page}/keys/hand-over"
    )
    admin.post(f"{page}/keys/hand-over", **fields | {"email": BOB})
    assert [key.owner.email for key in reread(keys)] == [ALICE, BOB, ALICE]


def test_all_keys_that_live_are_taken_by_one_tick(admin, page, keys, reread):
    assert "3 keys of" in admin.post(f"{page}/keys/ask", act="hand-over", all="1").text
    admin.post(f"{page}/keys/hand-over", all="1", email=BOB)
    assert {key.owner.email for key in reread(keys)} == {BOB}


def test_the_keys_are_handed_over_and_work_on(admin, page, alice, bob, issue, session, store, peppers):
    key, token = issue(alice, "ci")
    answer = admin.post(f"{page}/keys/hand-over", email=f" {BOB.upper()} ", **ticked(key))
    assert answer.status_code in {200, 303}
    assert store.look_up(peppers.digests(token)[0][1]).user == BOB
    session.rollback()
    entry = session.scalars(select(Audit).where(Audit.event == "key:handed-over")).one()
    assert (entry.actor, entry.subject) == (ADA, key.public_id)


def test_both_read_it_on_their_own_page(admin, visit, page, alice, bob, keys):
    admin.post(f"{page}/keys/hand-over", email=BOB, **ticked(keys[0]))
    assert f"to {BOB} by {ADA}: “ci”" in visit(alice).get("/profile/api-credentials").text
    theirs = visit(bob).get("/profile/api-credentials").text
    assert f"handed over by {ADA}: “ci”" in theirs
    assert "rotate each, with an overlap" in theirs
    history = visit(bob).get(f"/profile/api-credentials/{keys[0].public_id}").text
    assert f"Handed over from {ALICE} to {BOB}" in history


@pytest.mark.parametrize(
    ("email", "sentence"),
    [("nobody@example.org", "No account has this e-mail."), ("", "No account has this e-mail."),
     (ALICE, "This person has the key already."), ("x" * 10_000, "No account has this e-mail."),
     ("a\0b", "No account has this e-mail.")],
)  # fmt: skip
def test_a_wrong_colleague_is_said_at_the_field_and_nothing_changes(admin, page, keys, reread, email, sentence):
    answer = admin.post(f"{page}/keys/hand-over", email=email, **ticked(*keys))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert {key.owner.email for key in reread(keys)} == {ALICE}


def test_a_key_pasted_for_an_e_mail_is_not_repeated(admin, page, alice, bob, issue):
    key, token = issue(alice)
    for pasted in (token, f"{token}@example.org"):
        answer = admin.post(f"{page}/keys/hand-over", email=pasted, **ticked(key))
        assert answer.status_code == 422
        assert "This is a key, not an e-mail address." in answer.text
        assert token.rpartition("_")[2] not in answer.text


def test_a_disabled_colleague_gets_no_key(admin, page, keys, bob, session):
    bob.disabled_at = clock.now()
    session.commit()
    assert "This account is disabled." in admin.post(f"{page}/keys/hand-over", email=BOB, **ticked(*keys)).text


def test_the_keys_of_a_disabled_account_are_paused_and_everybody_reads_it(
    admin, visit, page, alice, bob, keys, session, reread
):
    alice.disabled_at = clock.now()
    session.commit()
    asked = admin.post(f"{page}/keys/ask", act="hand-over", **ticked(*keys)).text
    assert "each key is paused as it is handed over" in asked
    answer = admin.post(f"{page}/keys/hand-over", email=BOB, **ticked(*keys))
    assert {key.paused_by for key in reread(keys)} == {ADA}
    said = answer.headers.get("HX-Trigger") or admin.get(page).text
    assert "Handed over 3 keys to bob@example.org. All are paused." in said
    assert "They are paused, as the account of alice@example.org" in visit(bob).get("/profile/api-credentials").text


def test_of_too_many_keys_the_first_go_and_the_others_are_counted(admin, page, bob, keys, reread, monkeypatch):
    for module in ("portal.keys.hand_over", "portal.admin.offboarding"):
        monkeypatch.setattr(f"{module}.MOST_AT_ONCE", 2)
    assert "At most 2 go at once" in admin.post(f"{page}/keys/ask", act="hand-over", all="1").text
    answer = admin.post(f"{page}/keys/hand-over", all="1", email=BOB)
    assert [key.owner.email for key in reread(keys)] == [BOB, BOB, ALICE]
    assert "1 is left: hand it over next." in (answer.headers.get("HX-Trigger") or admin.get(page).text)


def test_keys_that_stay_are_named_before_and_after(admin, visit, page, alice, keys, issue, reread):
    robot, _ = issue(alice, "robot", kind="management")
    asked = admin.post(f"{page}/keys/ask", act="hand-over", **ticked(keys[0], robot)).text
    assert "1 stays." in asked
    assert "A management key makes and stops whatever keys its owner has" in asked
    answer = admin.post(f"{page}/keys/hand-over", email=BOB, **ticked(keys[0], robot))
    assert [key.owner.email for key in reread([keys[0], robot])] == [BOB, ALICE]
    said = answer.headers.get("HX-Trigger") or admin.get(page).text
    assert "1 stayed where it was." in said


@pytest.mark.parametrize("act", ["revoke", "hand-over"])
def test_without_a_tick_nothing_is_asked(admin, page, keys, act):
    answer = admin.post(f"{page}/keys/ask", act=act)
    said = answer.text if answer.status_code == 422 else admin.get(page).text
    assert "Tick the keys first." in said


def test_another_persons_key_and_nonsense_are_not_taken(admin, page, bob, issue, reread):
    others, _ = issue(bob)
    admin.post(f"{page}/keys/revoke", key=[others.public_id, "\0", "x" * 5000, "ü"])
    assert reread([others])[0].revoked_at is None
    assert admin.post(f"{page}/keys/ask", act="delete", all="1").status_code == 422


@pytest.mark.parametrize("reason", ["x" * 201, "a\u202eb"])
def test_a_reason_that_cannot_be_shown_is_refused(admin, page, keys, reread, reason):
    answer = admin.post(f"{page}/keys/revoke", reason=reason, **ticked(*keys))
    assert answer.status_code == 422
    assert "A reason has at most 200 characters" in answer.text
    assert reread(keys)[0].revoked_at is None


def test_a_key_in_the_reason_is_taken_out(admin, page, keys, reread, alice, issue):
    _key, token = issue(alice, "leaked")
    admin.post(f"{page}/keys/revoke", reason=f"leaked {token}", **ticked(keys[0]))
    assert reread(keys)[0].revoked_reason == "leaked [API key]"
    admin.post(f"{page}/keys/revoke", reason=f"leaked {token[:30]}", **ticked(keys[1]))
    assert reread(keys)[1].revoked_reason == "leaked [API key]"


def test_somebody_with_ten_thousand_keys_is_shown_a_page_of_them(admin, page, alice, session, keys):
    made = clock.now()
    rows = [
        {"public_id": f"ptl_many{n:06}", "owner_id": alice.id, "name": f"n{n}", "name_folded": f"n{n}",
         "kind": "standard", "created_at": made - timedelta(seconds=n), "policy": "{}", "version": 1,
         "secret_made_at": made}
        for n in range(10_000)
    ]  # fmt: skip
    session.execute(insert(Key), rows)
    session.commit()
    first = admin.get(page)
    assert len(names(first)) == 50
    assert "1,000+" in first.text
    last = admin.get(re.search(r'id="page-last"\s+href="([^"]+)"', first.text)[1].replace("&amp;", "&"))
    assert names(last)[-1] == "n9999"
    before = admin.get(re.search(r'id="page-prev"\s+href="([^"]+)"', last.text)[1].replace("&amp;", "&"))
    assert names(before)[-1] == "n9949"
