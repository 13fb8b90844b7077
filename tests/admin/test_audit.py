"""The audit page: who did what, on what, when and from where."""

import json
import re
import sqlite3
from contextlib import closing

import pytest

from portal.audit import trail
from portal.audit.events import SHELL, Actor, Event
from portal.keys import lifecycle
from portal.web.audit_words import EVENTS
from tests import cast

AUDIT = "/admin/audit"


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def admin(request, visit, ada):
    return visit(ada, htmx=request.param)


@pytest.fixture
def record(session):
    def do(event=Event.PERSON_CREATED, actor=SHELL, subject="x", **body):
        trail.record(session, event, actor, subject, **body)
        session.commit()

    return do


@pytest.fixture
def write(folder):
    """Write into the database by hand."""

    def do(statement, *values):
        with closing(sqlite3.connect(folder.database, isolation_level=None)) as database:
            database.execute(statement, values)

    return do


def entries(answer):
    return re.findall(r'<tr id="entry-(\d+)"', answer.text)


def shown(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_nobody_but_an_admin_finds_the_page(visit, alice):
    assert visit(alice).get(AUDIT).status_code == 404


def test_the_page_says_who_did_what_on_what_and_from_where(admin, issue, alice, session):
    key, _ = issue(alice, "nightly")
    lifecycle.revoke(session, Actor(cast.ADA, None, "192.0.2.9"), key, "It leaked.")
    session.commit()

    page = admin.get(f"{AUDIT}?subject={key.public_id}")

    assert "Key revoked “It leaked.” " in shown(page)
    assert all(text in page.text for text in (key.public_id, "nightly", cast.ADA, "192.0.2.9"))


def test_before_and_after_are_told_in_words(admin, record):
    record(Event.SITE_CHANGED, subject="max_days", before="90", after="30")
    record(Event.KEY_CHANGED, subject="ptl_0123456789", name="ci", changed={"data": ["none", "read"]})

    page = shown(admin.get(AUDIT))

    assert "90 → 30" in page
    assert "Data access: No access → Read only" in page


def test_of_a_hand_over_the_owners_before_and_after_are_told(admin, record):
    before, after = {"owner": cast.ALICE, "name": "ci"}, {"owner": cast.BOB, "name": "ci"}
    record(Event.KEY_HANDED_OVER, subject="ptl_0123456789", name="ci", before=before, after=after)

    page = shown(admin.get(AUDIT))

    assert f"Owner {cast.ALICE} → {cast.BOB}" in page
    assert "{" not in page[page.index("Key handed over") :].split("All on this")[0]


def test_every_event_has_words():
    assert set(EVENTS) == set(Event)


SIFTED = [
    ("actor=shell", 2), ("actor=SHELL", 2), (f"actor={cast.BOB}", 2), ("actor=BOB%40Example.org", 2),
    ("event=key:paused", 1), ("subject=ptl_0123456789", 2), ("address=192.0.2.7", 1), ("address=192.0.2.*", 2),
    ("address=192.0.", 2), ("address=192.0.2.0/24", 2), ("address=2001:db8:0::7", 1), ("address=2001:db8:*", 1),
    (f"actor={cast.BOB}&event=key:paused&subject=ptl_0123456789&address=192.0.2.7", 1),
    (f"actor={cast.BOB}&event=key:revoked", 0), ("from=2000-01-01", 5), ("to=2000-01-01", 0),
    ("from=2000-01-01&to=9999-12-31", 5), ("from=9999-12-31", 0), ("actor=nobody%40example.org", 0),
    ("address=x%25_", 0), ("event=nonsense", 0), ("subject=%25_%5C", 0),
]  # fmt: skip


def test_entries_are_sifted(admin, session, bob, ada, write, subtests):
    write("DELETE FROM audit WHERE event LIKE 'person:%'")
    by_bob = Actor(cast.BOB, bob.id, "192.0.2.7")
    trail.record(session, Event.KEY_PAUSED, by_bob, "ptl_0123456789")
    trail.record(session, Event.KEY_RESUMED, Actor(f"{cast.BOB} via ptl_9999999999", bob.id, "192.0.2.77"), "ptl_1")
    trail.record(session, Event.KEY_RESUMED, Actor(cast.ADA, ada.id, "2001:db8::7"), "ptl_0123456789")
    trail.record(session, Event.APP_ADDED, SHELL, "app")
    trail.record(session, Event.APP_REMOVED, SHELL, "app")
    for query, found in SIFTED:
        with subtests.test(query):
            session.commit()

            assert len(entries(admin.get(f"{AUDIT}?{query}"))) == found


NONSENSE = [
    "from=yesterday", "to=2026-13-01", "from=2026-02-02&to=2026-02-01", "before=x", "before=9223372036854775808",
    "after=-1", "actor=%00", "subject=%00%01", "address=%00", "event=" + "x" * 10_000, "from=" + "9" * 5_000,
    "address=" + "1" * 10_000, "subject=%F4%8F%BF%BF", "actor=%ff", "to=9999-12-31",
    "from=0001-01-01", "end=1&to=0001-01-01",
]  # fmt: skip


def test_nonsense_gets_a_clear_answer(admin, subtests):
    for query in NONSENSE:
        with subtests.test(query):
            assert admin.get(f"{AUDIT}?{query}").status_code == 200


def test_a_day_that_is_none_is_said_at_its_field(admin, record):
    record()
    page = admin.get(f"{AUDIT}?from=yesterday")

    assert "This is no day." in page.text
    assert entries(page) == []


@pytest.mark.parametrize("field", ["subject", "actor", "address", "event"])
def test_a_pasted_token_is_cut_down_to_its_public_id(visit, ada, issue, alice, field):
    key, token = issue(alice)
    browser = visit(ada)
    answer = browser.get(f"{AUDIT}?{field}=%20{token}")
    assert answer.status_code == 303
    assert answer.location == f"{AUDIT}?{field}={key.public_id}"
    page = browser.get(answer.location)
    assert key.public_id in page.text
    assert token.rpartition("_")[2] not in page.text


def test_half_a_pasted_token_is_cut_down_too(visit, ada):
    assert visit(ada).get(f"{AUDIT}?subject=ptl_0123456789_abc").location == f"{AUDIT}?subject=ptl_0123456789"


class TestPages:
    @pytest.fixture
    def many(self, session, ada):
        for number in range(120):
            trail.record(session, Event.KEY_PAUSED, SHELL, f"key {number}")
        session.commit()

    def link(self, page, label):
        tag = re.search(rf'<a [^>]*aria-label="{label}"', page.text)[0]
        href = re.search(r'href="([^"]*)"', tag)
        return href and href[1].replace("&amp;", "&")

    def test_pages_follow_each_other_to_the_end_and_back(self, admin, many):
        first = admin.get(f"{AUDIT}?event=key:paused")
        second = admin.get(self.link(first, "Next page"))
        third = admin.get(self.link(second, "Next page"))

        assert [len(entries(page)) for page in (first, second, third)] == [50, 50, 20]
        assert entries(first) == sorted(entries(first), key=int, reverse=True)
        assert not self.link(third, "Next page")
        assert entries(admin.get(self.link(third, "Previous page"))) == entries(second)
        assert entries(admin.get(self.link(second, "Previous page"))) == entries(first)

    def test_first_and_last_lead_to_the_edges(self, admin, many):
        first = admin.get(f"{AUDIT}?event=key:paused")
        last = admin.get(self.link(first, "Last page"))

        assert len(entries(last)) == 50
        assert entries(last)[-1] == "3"  # after the account and the sign-in
        assert not self.link(last, "Next page")
        assert not self.link(last, "Last page")
        assert entries(admin.get(self.link(last, "First page"))) == entries(first)
        assert not self.link(first, "First page")

    def test_a_page_before_the_newest_few_is_filled_up(self, admin, many):
        first = admin.get(AUDIT)

        assert entries(admin.get(f"{AUDIT}?after={int(entries(first)[5])}")) == entries(first)


class TestPoison:
    COLUMNS = "seq, at, event, actor, actor_id, address, subject, body, prev, hash"

    @pytest.fixture(
        params=[
            (99, 1, "nobody:knows", "x", None, None, "s", "{}", "p", "h"),
            (99, 1, "key:issued", "x", None, None, "s", "{no json", "p", "h"),
            (99, 1, "key:issued", "x", None, None, "s", "[]", "p", "h"),
            (99, 1, "key:changed", "x", None, None, "s", '{"changed": {"data": 7}, "rules": [1], "name": 5}', "p", "h"),
            (99, 1, "key:rotated", "x", None, None, "s", '{"overlap_ends": "soon", "reason": {"a": 1}}', "p", "h"),
            (99, 1, "key:\0issued", "\0", None, "\0", "a\0b", '{"name": "\0"}', "\0", "\0"),
            (99, 1, "key:issued", "x", None, None, "s", "x" * 1_000_000, "p", "h"),
            (99, 1, "key:issued", "x", None, None, "s", json.dumps({"reason": "y" * 1_000_000}), "p", "h"),
            (99, 1, "key:issued", "x", None, None, "s", "[" * 50_000, "p", "h"),
            (99, "yesterday", "key:issued", "x", "me", None, "s", "{}", "p", "h"),
            (99, 10**18, "key:issued", "x", None, None, "s", "{}", "p", "h"),
            (99, -(10**18), b"\xff\xfe", b"\xff", None, b"\xff", b"\xff", b"\xff", b"\xff", b"\xff"),
            (2**62, 1, "key:issued", "a" * 100_000, None, "b" * 100_000, "<script>", '{"<b>": "\u202e"}', "p", "h"),
            (-5, 1.5, "key:issued", "x", None, None, "s", "{}", "p", "h"),
        ],
        ids=str.__class__,
    )
    def poison(self, request, ada, write):
        marks = ", ".join("CAST(? AS TEXT)" if isinstance(value, bytes) else "?" for value in request.param)
        write(f"INSERT INTO audit ({self.COLUMNS}) VALUES ({marks})", *request.param)
        return request.param[0]

    def test_it_leaves_the_rest_of_the_page_intact(self, admin, poison):
        page = admin.get(AUDIT)

        assert page.status_code == 200
        assert str(poison) in [found.strip() for found in re.findall(r'<tr id="entry-(-?\d+)"', page.text)]
        assert "Signed in" in page.text
        assert len(page.text) < 100_000
        assert "<script>" not in page.text.partition('id="audit"')[2]

    def test_it_is_exported_with_the_rest(self, visit, ada, poison, subtests):
        browser = visit(ada)
        for form in ("csv", "json-lines"):
            with subtests.test(form):
                export = browser.get(f"{AUDIT}/export/{form}").get_data().decode()
                assert str(poison) in export
                assert "person:signed-in" in export

    def test_the_chain_is_said_to_be_broken(self, admin, poison):
        admin.get(AUDIT)

        answer = admin.post(f"{AUDIT}/check")

        assert answer.status_code == 200
        assert "The chain is broken." in answer.text

    def test_the_page_of_a_key_stands_too(self, visit, alice, issue, poison, write):
        key, _ = issue(alice)
        write("UPDATE audit SET subject = ? WHERE seq = ?", key.public_id, poison)

        assert visit(alice).get(f"/profile/api-credentials/{key.public_id}").status_code == 200


class TestExport:
    def test_the_filters_hold_for_the_file_too(self, admin, record):
        record(Event.APP_ADDED, subject="one")
        record(Event.APP_REMOVED, subject="two")

        lines = admin.get(f"{AUDIT}/export/json-lines?event=app:added").get_data().decode().splitlines()

        assert [json.loads(line)["subject"] for line in lines] == ["one"]

    def test_a_csv_has_every_entry_in_order_and_no_formula(self, admin, record):
        record(subject="=cmd()")
        rows = admin.get(f"{AUDIT}/export/csv").get_data().decode("utf-8-sig").splitlines()

        assert rows[0].startswith("seq,at,event,actor,")
        assert [row.partition(",")[0] for row in rows[1:]] == [str(seq) for seq in range(1, len(rows))]
        assert ",'=cmd()," in rows[-1]

    def test_an_export_longer_than_a_page_of_it_is_whole(self, admin, session):
        for number in range(1234):
            trail.record(session, Event.KEY_PAUSED, SHELL, str(number))
        session.commit()

        lines = admin.get(f"{AUDIT}/export/json-lines?event=key:paused").get_data().splitlines()

        assert [json.loads(line)["subject"] for line in lines] == [str(number) for number in range(1234)]

    def test_another_form_is_none(self, admin):
        assert admin.get(f"{AUDIT}/export/xml").status_code == 404

    def test_filters_that_say_nothing_export_nothing(self, admin, record):
        record()
        assert admin.get(f"{AUDIT}/export/json-lines?from=yesterday").get_data() == b""


class TestChain:
    def test_a_whole_chain_is_ok_with_the_number_of_its_entries(self, admin, record):
        record()
        admin.get(AUDIT)

        answer = admin.post(f"{AUDIT}/check")

        assert re.search(r"OK\s.*The chain holds: \d entries", shown(answer))

    def test_the_first_broken_entry_is_named(self, admin, record, write):
        record()
        write("UPDATE audit SET body = '{}x' WHERE seq = 1")
        admin.get(AUDIT)

        assert "Entry 1 was altered." in admin.post(f"{AUDIT}/check").text

    def test_a_long_chain_is_checked_bit_by_bit(self, admin, session, record, monkeypatch):
        monkeypatch.setattr("portal.admin.audit.CHECK_SECONDS", 0.0)
        for number in range(2500):
            trail.record(session, Event.KEY_PAUSED, SHELL, str(number))
        session.commit()
        admin.get(AUDIT)

        first = admin.post(f"{AUDIT}/check")
        fields = dict(re.findall(r'name="(seq|hash)" value="([^"]*)"', re.sub(r"\s+", " ", first.text)))
        second = admin.post(f"{AUDIT}/check", **fields)
        fields = dict(re.findall(r'name="(seq|hash)" value="([^"]*)"', re.sub(r"\s+", " ", second.text)))
        third = admin.post(f"{AUDIT}/check", **fields)

        assert "2,000 of 2,5" in shown(first)
        assert "The chain holds: 2,5" in shown(third)

    def test_nonsense_in_the_place_of_how_far_it_got_begins_anew(self, admin):
        admin.get(AUDIT)
        assert "The chain holds" in admin.post(f"{AUDIT}/check", seq="x", hash="\0").text
        assert "The chain is broken" in admin.post(f"{AUDIT}/check", seq="1", hash="\0").text
