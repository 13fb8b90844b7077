"""The access log: which person's key did what."""

import json
import re

import pytest

from portal.keys.delete_account import delete_account
from portal.policy.reasons import Reason
from portal.usage.models import Access
from tests import cast
from tests.admin.test_audit import shown, write  # noqa: F401  # a fixture

LOG = "/admin/access"
MINUTE = 29_000_000


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def admin(request, visit, ada):
    return visit(ada, htmx=request.param)


@pytest.fixture
def use(session):
    numbers = iter(range(10_000))

    def do(**facts):
        known = {
            "minute": 0, "key_id": None, "owner_id": None, "address": "192.0.2.7", "method": "GET",
            "resource": "algo://a/b", "reason": None, "calls": 1,
        } | facts  # fmt: skip
        known["minute"] += MINUTE
        session.add(Access(fold=next(numbers).to_bytes(32, "big"), **known))
        session.commit()

    return do


def rows(answer):
    return answer.text.count('<th scope="row">')


def test_nobody_but_an_admin_finds_the_page(visit, alice):
    assert visit(alice).get(LOG).status_code == 404


def test_the_page_says_which_persons_key_did_what(admin, use, alice, issue):
    key, _ = issue(alice, "nightly")
    use(key_id=key.id, owner_id=alice.id, reason=Reason.RESOURCE_NOT_ALLOWED, calls=1234)

    page = admin.get(LOG)

    assert all(text in page.text for text in (cast.ALICE, key.public_id, "nightly", "192.0.2.7", "algo://a/b"))
    assert "403 resource-not-allowed" in page.text
    assert "1,234" in page.text


def test_the_page_says_how_long_records_are_kept(visit, ada):
    assert "kept for 90 days" in shown(visit(ada).get(LOG))


def test_of_what_is_gone_the_number_is_told(admin, use):
    use(key_id=77, owner_id=78)
    page = admin.get(LOG)

    assert "Key 77, gone" in page.text
    assert "Person 78, gone" in page.text
    assert rows(admin.get(f"{LOG}?person=78")) == 1


def test_an_account_that_was_deleted_is_a_number(admin, use, session, alice, as_alice, issue):
    key, _ = issue(alice)
    use(key_id=key.id, owner_id=alice.id)
    delete_account(session, as_alice, alice)
    session.commit()

    page = admin.get(LOG)

    assert f"Person {alice.id}, gone" in page.text
    assert key.public_id in page.text


SIFTED = [
    ("", 3), (f"person={cast.ALICE}", 2), ("person=ALICE%40example.org", 2), ("address=192.0.2.7", 1),
    ("address=192.0.2.*", 2), ("resource=algo://a/b", 1), ("resource=algo://a/*", 2), ("verdict=let-in", 1),
    ("verdict=refused", 2), ("verdict=expired", 1), ("verdict=nonsense", 0), ("from=2000-01-01", 3),
    ("to=2000-01-01", 0), (f"person={cast.ALICE}&verdict=refused", 1), ("resource=%25*", 0),
]  # fmt: skip


def test_records_are_sifted(admin, use, alice, subtests):
    use(key_id=1, owner_id=alice.id)
    use(key_id=1, owner_id=alice.id, reason="expired", address="192.0.2.70", resource="algo://a/c")
    use(reason="unknown", address="2001:db8::1", resource=None, method=None)
    for query, found in SIFTED:
        with subtests.test(query):
            assert rows(admin.get(f"{LOG}?{query}")) == found


UNKNOWN = [
    ("person=nobody%40example.org", "Nobody has this e-mail."),
    ("key=ptl_0123456789", "No key has this public id."),
    ("from=soon", "This is no day."), ("person=9223372036854775808", "Nobody has this e-mail."),
    ("person=" + "x" * 10_000, "Nobody has this e-mail."), ("key=%00%25_%5C", "No key has this public id."),
]  # fmt: skip


def test_what_cannot_be_looked_for_is_said_at_its_field(admin, use, subtests):
    use()
    for query, sentence in UNKNOWN:
        with subtests.test(query):
            page = admin.get(f"{LOG}?{query}")

            assert page.status_code == 200
            assert sentence in page.text
            assert rows(page) == 0


NONSENSE = [
    "before=x", "before=29000000-zz", "before=29000000-abc", "before=99999999999999999999", "after=1-00", "after=5",
    "address=%00", "resource=" + "x" * 10_000, "verdict=%00", "end=1&verdict=refused", "to=9999-12-31",
    "from=0001-01-01", "resource=*", "address=*", "person=%00",
]  # fmt: skip


def test_nonsense_gets_a_clear_answer(admin, use, subtests):
    use()
    for query in NONSENSE:
        with subtests.test(query):
            assert admin.get(f"{LOG}?{query}").status_code == 200


@pytest.mark.parametrize("field", ["key", "person", "address", "resource", "verdict"])
def test_a_pasted_token_is_cut_down_to_its_public_id(visit, ada, issue, alice, use, field):
    key, token = issue(alice)
    use(key_id=key.id)
    browser = visit(ada)
    answer = browser.get(f"{LOG}?{field}={token}")

    assert answer.location == f"{LOG}?{field}={key.public_id}"
    page = browser.get(answer.location)
    assert token.rpartition("_")[2] not in page.text
    if field == "key":
        assert rows(page) == 1


def test_pages_follow_each_other_to_the_end_and_back(admin, use):
    for number in range(120):
        use(minute=number // 9, calls=10_000 + number)

    def seen(page):
        return [int(text.replace(",", "")) for text in re.findall(r'data-label="Calls">([\d,]+)<', page.text)]

    def follow(page, label):
        tag = re.search(rf'<a [^>]*aria-label="{label}"', page.text)[0]
        href = re.search(r'href="([^"]*)"', tag)
        return href and href[1].replace("&amp;", "&")

    first = admin.get(LOG)
    second = admin.get(follow(first, "Next page"))
    third = admin.get(follow(second, "Next page"))

    assert sorted(seen(first) + seen(second) + seen(third)) == list(range(10_000, 10_120))
    assert not follow(third, "Next page")
    assert seen(admin.get(follow(third, "Previous page"))) == seen(second)
    last = admin.get(follow(first, "Last page"))
    assert seen(last)[-20:] == seen(third)
    assert seen(admin.get(follow(last, "First page"))) == seen(first)


def test_a_look_that_stopped_leads_further(admin, use, monkeypatch):
    monkeypatch.setattr("portal.keyset.LOOKS_AT", 10)
    use(minute=-1, address="192.0.2.1", resource="r2", calls=4321)
    for number in range(40):
        odd = number % 2
        use(minute=number, address="192.0.2.1" if odd else "192.0.2.2", resource="r1" if odd else "r2")
    page = admin.get(f"{LOG}?address=192.0.2.1&resource=r2")
    for _ in range(9):
        if "4,321" in page.text:
            break
        assert "Look further" in page.text
        page = admin.get(re.search(r'id="further"\s+href="([^"]*)"', page.text)[1].replace("&amp;", "&"))

    assert "4,321" in page.text


def test_the_file_has_what_the_filters_let_through(admin, use, alice, issue):
    key, _ = issue(alice, "nightly")
    use(key_id=key.id, owner_id=alice.id, reason="expired", calls=3)
    use(key_id=key.id, owner_id=alice.id)

    lines = admin.get(f"{LOG}/export/json-lines?verdict=refused").get_data().splitlines()

    assert [json.loads(line) for line in lines] == [
        {
            "minute": "2025-02-19T21:20:00Z", "person": cast.ALICE, "person_id": alice.id, "key": key.public_id,
            "key_id": key.id, "key_name": "nightly", "address": "192.0.2.7", "method": "GET", "resource": "algo://a/b",
            "let_in": False, "status": 401, "reason": "expired", "calls": 3,
        }
    ]  # fmt: skip


def test_a_csv_has_no_formula(admin, use):
    use(resource='=HYPERLINK("http://x")')
    assert ",\"'=HYPERLINK(" in admin.get(f"{LOG}/export/csv").get_data().decode("utf-8-sig")


@pytest.mark.parametrize(
    "values",
    [
        (MINUTE, b"x", None, None, "\0", "\0", "a\0b", "nobody-knows", 1),
        (10**17, b"x", 2**62, -1, "x" * 1_000_000, "y" * 1_000_000, "z" * 1_000_000, "r" * 1_000_000, -5),
        ("soon", "text", "me", "you", None, None, None, None, "many"),
        (MINUTE, b"x", None, None, b"\xff", b"\xff", b"\xff", b"\xff", 1),
        (-1, b"", None, None, "<script>", "\u202e", "\u2028", "", 2**62),
    ],
    ids=range(5),
)
def test_a_row_written_by_hand_leaves_the_rest_intact(admin, use, write, values):  # noqa: F811
    marks = ", ".join("CAST(? AS TEXT)" if value == b"\xff" else "?" for value in values)
    write(f"INSERT INTO access VALUES ({marks})", *values)
    use(resource="algo://demo/Hello")

    page = admin.get(LOG)

    assert page.status_code == 200
    assert "algo://demo/Hello" in page.text
    assert rows(page) == 2
    assert len(page.text) < 100_000
    assert admin.get(f"{LOG}?end=1").status_code == 200
    assert "algo://demo/Hello" in admin.get(f"{LOG}/export/csv").get_data().decode("utf-8-sig")
    assert "algo://demo/Hello" in admin.get(f"{LOG}/export/json-lines").get_data().decode()
