"""Every key on the server, on the page."""

import csv
import html
import io
import json
import re
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import insert, select, update

from portal import clock
from portal.accounts import banners
from portal.audit.events import SHELL
from portal.audit.models import Audit
from portal.keys import lifecycle, listing
from portal.keys.models import Key, KeyLastUsed
from portal.policy.data_access import DataAccess, Level
from portal.policy.policy import Policy
from portal.policy.reasons import Reason
from portal.policy.resources import Resources
from portal.site.settings import DAY
from portal.usage.models import Refusal
from tests.support.form import fields_of

KEYS = "/admin/keys"


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def admin(request, visit, ada):
    return visit(ada, htmx=request.param)


@pytest.fixture
def page(visit, ada):
    """A visitor whose every answer is a whole page."""
    return visit(ada, htmx=False)


def names(answer):
    return re.findall(r'<a class="name"[^>]*><bdi>(.*?)</bdi>', answer.text)


def fresh(session):
    """Let the session see what the server has written meanwhile."""
    session.rollback()
    session.expire_all()


def use(session, key, *, ago, address="10.1.2.3"):
    row = update(KeyLastUsed).where(KeyLastUsed.key_id == key.id)
    session.execute(row.values(at=clock.now() - ago, used=True, address=address))
    session.commit()


def test_to_everyone_else_there_is_no_such_page(visit, alice, issue):
    key, _ = issue(alice)
    visitor = visit(alice, htmx=False)
    paths = (KEYS, f"{KEYS}/export/csv", f"{KEYS}/{key.public_id}", f"{KEYS}/{key.public_id}/why")
    assert [visitor.get(path).status_code for path in paths] == [404] * 4
    posts = (f"{KEYS}/find", f"{KEYS}/ask", f"{KEYS}/stop", f"{KEYS}/{key.public_id}/revoke")
    assert [visitor.post(path, act="revoke", key=key.public_id).status_code for path in posts] == [404] * 4


def test_the_list_has_everyones_keys_with_what_an_admin_must_know(admin, alice, bob, issue, session):
    key, _ = issue(alice, "nightly", expires_at=clock.now() + 30 * DAY)
    issue(bob, "bot")
    use(session, key, ago=timedelta(minutes=3))
    answer = admin.get(KEYS)
    assert names(answer) == ["bot", "nightly"]
    for text in (
        key.public_id,
        alice.email,
        bob.email,
        "Active",
        "Standard",
        "3 minutes ago",
        "10.1.2.3",
        "Never used",
    ):
        assert text in answer.text


def test_the_head_says_how_many_keys_and_people_there_are(page, alice, issue):
    issue(alice)
    assert "Every key of every person: 1 key, 2 people." in re.sub(r"\s+", " ", page.get(KEYS).text)


QUERIES = [
    ("owner=alice", ["ci", "laptop"]),
    ("owner=BOB@example.org", ["bot"]),
    ("status=paused", ["bot"]),
    ("status=active&owner=alice", ["ci"]),
    ("status=revoked", ["laptop"]),
    ("find=LAP", ["laptop"]),
    ("address=10.1.2.3", ["ci"]),
    ("address=10.1.", ["ci"]),
    ("address=10.1.0.0/16", ["ci"]),
    ("address=192.0.2.7", []),
    ("unused=30", ["bot", "laptop"]),
    ("kind=management", []),
    ("before=2020-01-01", []),
    ("sort=name", ["bot", "ci", "laptop"]),
    ("sort=-owner", ["bot", "laptop", "ci"]),
]


def test_the_address_says_what_to_list(admin, alice, bob, issue, session, as_alice, subtests):
    ci, laptop, bot = issue(alice, "ci")[0], issue(alice, "laptop")[0], issue(bob, "bot")[0]
    use(session, ci, ago=DAY)
    for key in (laptop, bot):
        session.execute(update(KeyLastUsed).where(KeyLastUsed.key_id == key.id).values(at=clock.now() - 40 * DAY))
    lifecycle.revoke(session, as_alice, laptop)
    lifecycle.pause(session, as_alice, bot)
    session.commit()
    for query, expected in QUERIES:
        with subtests.test(query):
            found = names(admin.get(f"{KEYS}?{query}"))
            assert (found if "sort" in query else sorted(found)) == expected


def test_the_public_id_finds_its_key(admin, alice, issue):
    key, _ = issue(alice, "ci")
    issue(alice, "other")
    assert names(admin.get(f"{KEYS}?find={key.public_id}")) == ["ci"]


def test_session_keys_are_listed_only_when_asked_for(admin, alice, issue, session):
    issue(alice, "s")
    session.execute(update(Key).values(kind="session"))
    session.commit()
    assert names(admin.get(KEYS)) == []
    assert names(admin.get(f"{KEYS}?kind=session")) == ["s"]


def test_pages_are_turned_by_links_to_the_end_and_back(page, alice, issue, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    for name in "abcde":
        issue(alice, name)
    seen, address = [], f"{KEYS}?sort=name"
    for _ in range(3):
        answer = page.get(address)
        seen += names(answer)
        address = link(answer, "Next page")
    assert seen == list("abcde")
    assert address is None
    assert names(page.get(link(answer, "First page"))) == ["a", "b"]
    assert names(page.get(link(answer, "Previous page"))) == ["c", "d"]
    assert names(page.get(link(page.get(f"{KEYS}?sort=name"), "Last page"))) == ["d", "e"]


def link(answer, label):
    found = re.search(rf'href="([^"]*)"[^>]*aria-label="{label}"', answer.text)
    return found and found[1].replace("&amp;", "&")


PLACES = [
    "",
    "nonsense",
    "%00",
    "WzFd",
    "W10=",
    "e30=",
    "WzFlOTksMV0",
    "WzkyMjMzNzIwMzY4NTQ3NzU4MDgsMV0",
    "A" * 9000,
    "Ww" * 700,
]


def test_a_place_that_is_nonsense_is_the_first_page(admin, alice, issue, subtests):
    issue(alice, "ci")
    for at in PLACES:
        with subtests.test(at):
            assert names(admin.get(f"{KEYS}?at={at}")) == ["ci"]


def test_a_place_deep_in_nested_brackets_is_nonsense_too(admin, alice, issue):
    from base64 import urlsafe_b64encode

    issue(alice, "ci")
    assert names(admin.get(f"{KEYS}?at={urlsafe_b64encode(b'[' * 1500).decode()}")) == ["ci"]


UNREADABLE = [
    ("status=alive", "There is no status alive."),
    ("kind=golden", "There is no kind of key named golden."),
    ("unused=never", "never is not a number of days."),
    ("unused=99999999999999999999", "is not a number of days."),
    ("before=tomorrow", "tomorrow is not a day"),
    ("before=10000-01-01", "is not a day"),
    ("address=home", "home is not an address"),
    ("address=10.0.0.0/9", "is not an address"),
]


def test_a_field_that_says_nothing_lists_nothing_and_says_so(page, alice, issue, subtests):
    issue(alice, "ci")
    for query, sentence in UNREADABLE:
        with subtests.test(query):
            answer = page.get(f"{KEYS}?{query}")
            assert answer.status_code == 200
            assert sentence in answer.text
            assert names(answer) == []
            assert "Nothing is listed until each field can be read." in answer.text


FIELDS = ("find", "owner", "status", "kind", "unused", "before", "address", "sort", "at", "back")
TEXTS = ("%_\\", "x" * 10_000, "\0", "\ud800", "9" * 30, "\u202eabc", "'; DROP TABLE key; --")


@pytest.mark.parametrize("field", FIELDS)
def test_no_text_in_any_field_breaks_the_page(page, alice, issue, field, subtests):
    issue(alice, "ci")
    for text in TEXTS:
        with subtests.test(ascii(text[:20])):
            answer = page.get(KEYS, query_string={field: text.encode("utf-8", "surrogatepass")})
            assert answer.status_code == 200


class TestFinding:
    """A key that is pasted whole."""

    def test_leads_to_its_page(self, admin, alice, issue):
        key, token = issue(alice, "ci")
        admin.get(KEYS)
        answer = admin.post(f"{KEYS}/find", find=f"  Bearer {token} ")
        assert (answer.location or answer.headers["HX-Redirect"]).endswith(f"{KEYS}/{key.public_id}")

    def test_is_never_echoed_nor_logged(self, admin, alice, issue, caplog, capfd):
        _, token = issue(alice, "ci")
        admin.get(KEYS)
        answer = admin.post(f"{KEYS}/find", find=token, owner=token, address=token)
        secret = token.rpartition("_")[2]
        assert secret not in str(answer.headers) + answer.text + caplog.text + "".join(capfd.readouterr())

    def test_of_another_secret_finds_the_key_of_the_public_id_and_says_so(self, page, alice, issue, peppers):
        from portal.keys.token import mint_for

        key, _ = issue(alice, "ci")
        page.get(KEYS)
        answer = page.post(f"{KEYS}/find", find=str(mint_for(key.public_id)))
        assert answer.location == f"{KEYS}?find={key.public_id}"
        assert "No key has this secret. The key below has the same public id." in page.get(answer.location).text

    def test_of_a_public_id_that_no_key_has_is_said_to_be_nobodys(self, page):
        from portal.keys.token import mint_for

        page.get(KEYS)
        answer = page.post(f"{KEYS}/find", find=str(mint_for("ptl_0123456789")))
        assert "No key has this secret, and none has this public id." in page.get(answer.location).text

    def test_that_is_revoked_is_found_too(self, admin, alice, issue, session, as_alice):
        key, token = issue(alice, "ci")
        lifecycle.revoke(session, as_alice, key)
        session.commit()
        admin.get(KEYS)
        answer = admin.post(f"{KEYS}/find", find=token)
        assert (answer.location or answer.headers["HX-Redirect"]).endswith(key.public_id)

    def test_half_of_one_is_cut_to_its_public_id(self, admin, alice, issue):
        key, token = issue(alice, "ci")
        admin.get(KEYS)
        answer = admin.post(f"{KEYS}/find", find=token[:-8])
        assert (answer.location or answer.headers["HX-Redirect"]).endswith(f"?find={key.public_id}")

    def test_in_an_address_is_cut_too(self, page, alice, issue):
        _, token = issue(alice, "ci")
        answer = page.get(f"{KEYS}?find={token}")
        assert names(answer) == ["ci"]
        assert token.rpartition("_")[2] not in answer.text

    def test_the_filters_are_kept(self, page, alice, issue):
        page.get(KEYS)
        answer = page.post(f"{KEYS}/find", find="ci", owner="alice", status="active", sort="name")
        assert answer.location == f"{KEYS}?find=ci&owner=alice&status=active&sort=name"


class TestStopping:
    """Many keys at once."""

    @pytest.fixture
    def three(self, issue, alice, bob):
        return [issue(alice, "ci")[0], issue(alice, "laptop")[0], issue(bob, "bot")[0]]

    def ask(self, admin, act, query="", **fields):
        """Press a button under the list, and send what is asked as it is shown."""
        sent = fields_of(admin.get(f"{KEYS}{query}").text, f"{KEYS}/ask") | fields
        return admin.post(f"{KEYS}/ask", **sent, act=act)

    def stop(self, admin, question, **fields):
        keys = re.findall(r'name="key" value="([^"]*)"', question.text)
        return admin.post(f"{KEYS}/stop", **fields_of(question.text, f"{KEYS}/stop") | {"key": keys} | fields)

    def test_what_is_asked_says_how_many_of_how_many_people(self, admin, three):
        question = self.ask(admin, "revoke", key=[key.public_id for key in three])
        assert "<strong>3 keys</strong>" in question.text
        assert "of 2 people." in question.text
        assert "This cannot be undone." in question.text

    def test_what_is_ticked_and_stays_as_it_is_is_told_too(self, admin, three, session, as_alice):
        lifecycle.revoke(session, as_alice, three[0])
        session.commit()
        question = self.ask(admin, "revoke", key=[key.public_id for key in three])
        assert "<strong>2 keys</strong>" in question.text
        assert "One more is selected, and stays as it is" in question.text

    def test_revokes_what_is_ticked_and_nothing_else(self, admin, three, session):
        question = self.ask(admin, "revoke", key=[three[0].public_id, three[2].public_id])
        answer = self.stop(admin, question, reason="The lab closes")
        assert answer.status_code in {200, 303}
        fresh(session)
        assert [key.revoked_reason for key in three] == ["The lab closes", None, "The lab closes"]
        assert [key.revoked_by for key in three] == ["ada@example.org", None, "ada@example.org"]

    def test_each_key_has_an_entry_with_the_admin_and_the_address(self, admin, three, session):
        self.stop(admin, self.ask(admin, "revoke", key=[key.public_id for key in three]), reason="x")
        entries = session.scalars(select(Audit).where(Audit.event == "key:revoked")).all()
        assert {entry.subject for entry in entries} == {key.public_id for key in three}
        assert {(entry.actor, entry.address) for entry in entries} == {("ada@example.org", "127.0.0.1")}

    def test_the_owner_reads_the_reason_on_the_row_and_as_a_banner(self, admin, visit, three, alice):
        self.stop(admin, self.ask(admin, "revoke", key=[three[0].public_id]), reason="Left on a train")
        mine = visit(alice, htmx=False).get("/profile/api-credentials?show=revoked").text
        assert mine.count("Left on a train") >= 2
        assert "was revoked on" in mine
        assert "by ada@example.org" in mine

    def test_pauses_and_the_owner_can_resume(self, admin, visit, three, alice, session):
        self.stop(admin, self.ask(admin, "pause", key=[three[0].public_id]), reason="Unused")
        fresh(session)
        assert three[0].paused_by == "ada@example.org"
        owner = visit(alice, htmx=False)
        assert "you can resume it: “Unused”" in owner.get("/profile/api-credentials").text
        owner.post(f"/profile/api-credentials/{three[0].public_id}/resume")
        fresh(session)
        assert three[0].paused_at is None

    def test_everything_that_matches_is_stopped_on_every_page(self, admin, three, session, monkeypatch):
        monkeypatch.setattr(listing, "PAGE_SIZE", 1)
        question = self.ask(admin, "revoke", "?owner=alice&all=1")
        assert "<strong>2 keys</strong>" in question.text
        self.stop(admin, question)
        fresh(session)
        assert [key.revoked_at is not None for key in three] == [True, True, False]

    def test_a_key_that_is_made_after_the_question_is_left_alone(self, admin, three, session, issue, alice):
        question = self.ask(admin, "revoke", "?owner=alice&all=1")
        late, _ = issue(alice, "late")
        self.stop(admin, question)
        fresh(session)
        assert late.revoked_at is None

    def test_keys_that_a_colleague_revoked_meanwhile_stay_theirs(self, admin, three, session, as_alice):
        question = self.ask(admin, "revoke", key=[key.public_id for key in three])
        lifecycle.revoke(session, as_alice, three[0], "mine")
        session.commit()
        answer = self.stop(admin, question, reason="ours")
        assert "Revoked 2 keys" in answer.headers.get("HX-Trigger", "") + admin.get(KEYS).text
        fresh(session)
        assert [key.revoked_reason for key in three] == ["mine", "ours", "ours"]

    def test_a_second_click_stops_nothing_more(self, admin, three, session):
        question = self.ask(admin, "revoke", key=[three[0].public_id])
        assert self.stop(admin, question).status_code in {200, 303}
        again = self.stop(admin, question)
        said = again.text if again.status_code == 422 else admin.get(again.location).text
        assert "Nothing to do" in said
        assert len(session.scalars(select(Audit).where(Audit.event == "key:revoked")).all()) == 1

    def test_with_nothing_ticked_it_says_so(self, admin, three):
        answer = self.ask(admin, "revoke")
        said = answer.text if answer.status_code == 422 else admin.get(answer.location).text
        assert "Nothing to do: nothing is ticked, or it is revoked, expired or paused already." in said

    def test_a_field_that_says_nothing_stops_nothing(self, admin, three, session):
        admin.get(KEYS)
        answer = admin.post(f"{KEYS}/stop", act="revoke", all="1", address="home")
        assert answer.status_code in {303, 422}
        fresh(session)
        assert [key.revoked_at for key in three] == [None] * 3

    def test_a_reason_that_is_too_long_is_asked_again_and_loses_nothing(self, admin, three, session):
        question = self.ask(admin, "revoke", key=[three[0].public_id])
        answer = self.stop(admin, question, reason="x" * 201)
        assert answer.status_code == 422
        assert "A reason has at most 200 characters" in answer.text
        assert "x" * 201 in answer.text
        assert three[0].public_id in answer.text

    def test_a_key_in_the_reason_is_taken_out(self, admin, issue, alice, session):
        key, token = issue(alice, "leaked")
        self.stop(admin, self.ask(admin, "revoke", key=[key.public_id]), reason=f"Found {token}")
        fresh(session)
        assert key.revoked_reason == "Found [API key]"

    @pytest.mark.parametrize("act", ["", "resume", "delete", "revoke\0"])
    def test_an_unknown_act_is_refused(self, admin, three, act):
        admin.get(KEYS)
        assert admin.post(f"{KEYS}/ask", act=act, key=three[0].public_id).status_code == 422

    def test_an_admin_who_was_unmade_stops_nothing(self, admin, three, session, ada):
        question = self.ask(admin, "revoke", key=[three[0].public_id])
        ada.is_admin = False
        session.commit()
        assert self.stop(admin, question).status_code == 404
        fresh(session)
        assert three[0].revoked_at is None

    def test_hundreds_are_stopped_in_slices(self, admin, alice, session, issue):
        issue(alice, "first")
        rows = [
            {"public_id": f"ptl_{n:010d}", "owner_id": alice.id, "name": f"k{n}", "name_folded": f"k{n}",
             "created_at": clock.now(), "secret_made_at": clock.now(), "policy": "{}"} for n in range(600)
        ]  # fmt: skip
        session.execute(insert(Key), rows)
        session.commit()
        question = self.ask(admin, "revoke", "?all=1")
        assert "<strong>601 keys</strong>" in question.text
        self.stop(admin, question, reason="All of it")
        fresh(session)
        assert session.scalars(select(Key).where(Key.revoked_at.is_(None))).all() == []
        assert len(banners.shown(session, alice)) == 1


class TestExport:
    def rows(self, answer):
        return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))

    def test_has_the_keys_of_the_list(self, page, alice, bob, issue, session, as_alice):
        key, token = issue(alice, "ci")
        issue(bob, "bot")
        lifecycle.revoke(session, as_alice, key, "gone")
        session.commit()
        answer = page.get(f"{KEYS}/export/csv?owner=alice")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        (row,) = self.rows(answer)
        assert (row["public_id"], row["owner"], row["status"], row["revoked_reason"]) == (
            key.public_id, alice.email, "revoked", "gone",
        )  # fmt: skip
        assert token not in answer.text

    def test_holds_no_formula(self, page, alice, issue):
        issue(alice, "=HYPERLINK(1)")
        assert self.rows(page.get(f"{KEYS}/export/csv"))[0]["name"] == "'=HYPERLINK(1)"

    def test_as_json_lines_has_an_object_a_line(self, page, alice, issue):
        issue(alice, "ci")
        issue(alice, "laptop")
        lines = page.get(f"{KEYS}/export/json-lines").text.splitlines()
        assert [json.loads(line)["name"] for line in lines] == ["ci", "laptop"]

    def test_goes_on_over_gaps_in_the_ids(self, page, alice, issue, session, monkeypatch):
        from portal.keys import export

        monkeypatch.setattr(export, "_IDS", 3)
        for n in range(8):
            issue(alice, f"k{n}")
        session.execute(update(Key).where(Key.name.in_(["k2", "k3", "k4"])).values(hidden_at=clock.now()))
        session.commit()
        assert [row["name"] for row in self.rows(page.get(f"{KEYS}/export/csv"))] == ["k0", "k1", "k5", "k6", "k7"]

    def test_of_a_field_that_says_nothing_is_empty(self, page, alice, issue):
        issue(alice, "ci")
        assert self.rows(page.get(f"{KEYS}/export/csv?status=alive")) == []

    def test_has_no_other_form(self, page):
        assert page.get(f"{KEYS}/export/xlsx").status_code == 404


class TestOneKey:
    def test_shows_what_is_known_of_it_and_no_secret(self, page, alice, issue, session):
        key, token = issue(alice, "nightly", policy=Policy())
        use(session, key, ago=timedelta(minutes=3))
        answer = page.get(f"{KEYS}/{key.public_id}")
        for text in ("nightly", key.public_id, alice.email, "3 minutes ago", "10.1.2.3", "Generated as “nightly”"):
            assert text in answer.text
        assert token.rpartition("_")[2] not in answer.text

    def test_of_somebody_else_says_whose_data_it_reads(self, page, visit, alice, issue):
        key, _ = issue(alice, "nightly", policy=Policy(data=DataAccess(Level.READ)))
        assert "read</mark> its owner's data" in page.get(f"{KEYS}/{key.public_id}").text
        owners = visit(alice, htmx=False).get(f"/profile/api-credentials/{key.public_id}")
        assert "read</mark> your data" in owners.text
        assert "Ask about this" not in owners.text

    def test_leads_from_each_refusal_to_the_question_about_it(self, page, alice, issue, session):
        key, _ = issue(alice, "nightly")
        told = {"reason": "address-not-allowed", "address": "192.0.2.9", "resource": "algo://demo/Hello", "calls": 1}
        session.add(Refusal(key_id=key.id, fold=b"f", first_at=clock.now(), at=clock.now(), method="POST", **told))
        session.commit()
        text = page.get(f"{KEYS}/{key.public_id}").text
        link = html.unescape(re.search(r'href="([^"]*/why\?[^"]*)"', text)[1])
        answer = page.get(link)
        assert answer.status_code == 200
        assert 'value="192.0.2.9"' in answer.text
        assert 'value="algo://demo/Hello"' in answer.text

    def test_of_a_random_public_id_is_a_404(self, page):
        assert page.get(f"{KEYS}/ptl_AAAAAAAAAA").status_code == 404

    def test_that_its_owner_deleted_is_shown_as_such(self, page, alice, issue, session, as_alice):
        key, _ = issue(alice, "gone")
        lifecycle.delete(session, as_alice, key)
        session.commit()
        assert "its owner does not see it any more" in page.get(f"{KEYS}/{key.public_id}").text

    @pytest.mark.parametrize(("act", "column"), [("revoke", "revoked_reason"), ("pause", "paused_reason")])
    def test_is_stopped_with_a_reason(self, admin, alice, issue, session, act, column):
        key, _ = issue(alice, "ci")
        where = f"{KEYS}/{key.public_id}/{act}"
        question = admin.get(where)
        answer = admin.post(where, **fields_of(question.text, where) | {"reason": "Left on a train"})
        assert (answer.location or answer.headers["HX-Redirect"]) == f"{KEYS}/{key.public_id}"
        fresh(session)
        assert getattr(key, column) == "Left on a train"

    def test_is_resumed(self, admin, alice, issue, session):
        key, _ = issue(alice, "ci")
        lifecycle.pause(session, SHELL, key, "x")
        session.commit()
        admin.get(f"{KEYS}/{key.public_id}")
        admin.post(f"{KEYS}/{key.public_id}/resume")
        fresh(session)
        assert key.paused_at is None

    def test_that_is_revoked_cannot_be_resumed(self, admin, alice, issue, session):
        key, _ = issue(alice, "ci")
        lifecycle.pause(session, SHELL, key)
        lifecycle.revoke(session, SHELL, key)
        session.commit()
        admin.get(KEYS)
        admin.post(f"{KEYS}/{key.public_id}/resume")
        fresh(session)
        assert key.revoked_at is not None
        assert key.paused_at is not None


class TestWhy:
    def ask(self, admin, key, **facts):
        return admin.get(f"{KEYS}/{key.public_id}/why", query_string=facts)

    def test_it_would_be_let_in(self, admin, alice, issue):
        key, _ = issue(alice)
        answer = self.ask(admin, key, address="192.0.2.1", resource="algo://demo/Hello", access="read")
        assert "data-access-denied" in answer.text
        everything = Policy(resources=Resources.everything(["algo"]), data=DataAccess(Level.WRITE))
        assert "It would be let in." in self.ask(admin, issue(alice, "all", policy=everything)[0]).text

    def test_each_rule_says_what_it_makes_of_the_facts(self, admin, alice, issue):
        from portal.policy.networks import Networks

        key, _ = issue(alice, policy=Policy(networks=Networks.read(["10.0.0.0/8"])))
        answer = self.ask(admin, key, address="192.0.2.9", resource="algo://demo/Hello")
        assert f"{Reason.ADDRESS_NOT_ALLOWED.status} address-not-allowed" in re.sub(r"<[^>]*>", "", answer.text)
        assert answer.text.count("Refuses") == 2
        assert "resource-not-allowed" in answer.text

    def test_a_rule_that_depends_on_what_is_not_stated_neither_refuses_nor_lets_pass(self, admin, alice, issue):
        from portal.policy.networks import Networks

        key, _ = issue(alice, policy=Policy(networks=Networks.read(["10.0.0.0/8"])))
        answer = self.ask(admin, key)
        assert answer.text.count("Not stated") == 3
        assert "Refuses" not in answer.text
        assert "It depends on what is not stated." in answer.text

    @pytest.mark.parametrize(
        ("facts", "sentence"),
        [({"resource": "x" * 5_000}, "Write at most"), ({"origin": "x" * 5_000}, "Write at most"),
         ({"access": "delete"}, "Choose one of these.")],
    )  # fmt: skip
    def test_what_no_judge_would_read_is_a_sentence(self, admin, alice, issue, facts, sentence):
        key, _ = issue(alice)
        answer = self.ask(admin, key, **facts)
        assert answer.status_code == 422
        assert sentence in answer.text

    def test_an_address_that_is_none_is_a_sentence(self, admin, alice, issue):
        key, _ = issue(alice)
        answer = self.ask(admin, key, address="home")
        assert answer.status_code == 422
        assert "home is not an address: write one as 192.0.2.7." in answer.text

    def test_nonsense_gets_an_answer(self, admin, alice, issue, subtests):
        key, _ = issue(alice)
        for field, text in product(("address", "origin", "resource", "access"), ("\0", "x" * 10_000, "\ud800", "%_\\")):
            with subtests.test(f"{field} {text[:20]!a}"):
                answer = self.ask(admin, key, **{field: text.encode("utf-8", "surrogatepass")})
                assert answer.status_code in {200, 422}

    def test_asking_records_nothing(self, admin, alice, issue, session):
        key, _ = issue(alice)
        self.ask(admin, key)
        assert session.get(KeyLastUsed, key.id).used is False
