"""The rules of a key in its form: taken, kept when something is wrong, refused by name, and said in a sentence."""

import re

import pytest
from sqlalchemy import select

from portal.audit.events import SHELL
from portal.keys.models import Key
from portal.policy.hosts import HOST_LIMIT
from portal.policy.limits import COUNT_LIMIT, Quota, Rate
from portal.policy.networks import NETWORKS_LIMIT
from portal.policy.origin import HOSTS_LIMIT
from portal.policy.policy import Policy
from portal.policy.resources import ENTRIES_LIMIT, ENTRY_LIMIT
from portal.site import change
from tests.support.visitor import LIST, token_in


@pytest.fixture
def keys(session):
    """Read all keys that there are."""

    def read():
        session.rollback()
        return list(session.scalars(select(Key)))

    return read


RULES = {
    "resources": "algo://demo/*\n\n query://field/all ",
    "native": None, "browser": "y", "hosts": "*.example.org\nlocalhost:3000",
    "data": "read", "networks": "10.0.0.7/8\n2001:db8::/32",
    "rate_count": "100", "rate_period": "second", "quota_count": "5000", "quota_window": "month",
    "not_before": "2099-01-01", "kind": "management",
}  # fmt: skip


def test_a_key_gets_the_rules_that_were_set(visitor, keys):
    answer = visitor.generate("ci", **RULES | {"not_before": ""})
    assert answer.status_code == 201
    [made] = keys()
    assert Policy.from_text(made.policy) == Policy.read({
        "resources": ["algo://demo/*", "query://field/all"],
        "origin": {"native": False, "hosts": ["*.example.org", "localhost:3000"]},
        "data": "read", "networks": ["10.0.0.0/8", "2001:db8::/32"], "rate": "100/second", "quota": "5000/month",
    })  # fmt: skip
    assert made.kind == "management"
    assert token_in(answer).startswith("ptlm_")


def test_a_key_that_nobody_shaped_opens_every_scheme_to_native_clients_and_no_data(visitor, keys):
    visitor.generate("ci")
    assert keys()[0].policy == '{"resources":["algo://*","collection://*","query://*","environment://*"]}'


WRONG = [
    ("resources", {"resources": "algo://*\nalgo:/demo"}, "algo:/demo"),
    ("resources", {"resources": "algo://demo/" + "x" * (ENTRY_LIMIT - 11)}, "algo://demo/xxx"),
    ("resources", {"resources": "\n".join(f"algo://demo/a{n}" for n in range(ENTRIES_LIMIT + 1))}, str(ENTRIES_LIMIT)),
    ("origin", {"native": None}, "Nobody could call"),
    ("origin", {"browser": "y", "hosts": "exa mple.org"}, "exa mple.org"),
    ("origin", {"browser": "y", "hosts": "*.org"}, "*.org"),
    ("origin", {"browser": "y", "hosts": "x" * (HOST_LIMIT + 1)}, "xxx"),
    (
        "origin",
        {"browser": "y", "hosts": "\n".join(f"h{n}.example.org" for n in range(HOSTS_LIMIT + 1))},
        str(HOSTS_LIMIT),
    ),
    ("access", {"data": "everything"}, "everything"),
    ("access", {"data": None}, ""),
    ("networks", {"networks": "10.0.0.0/33"}, "10.0.0.0/33"),
    ("networks", {"networks": "\n".join(f"10.0.{n}.0/24" for n in range(NETWORKS_LIMIT + 1))}, str(NETWORKS_LIMIT)),
    ("rate", {"rate_count": "0"}, "0 is not a number of calls"),
    ("rate", {"rate_count": "many"}, "many is not a number of calls"),
    ("rate", {"rate_count": str(COUNT_LIMIT + 1)}, f"{COUNT_LIMIT + 1} is not a number of calls"),
    ("rate", {"rate_count": "5", "rate_period": "day"}, "5/day is not a rate"),
    ("quota", {"quota_count": "1.5"}, "1.5 is not a number of calls"),
    ("quota", {"quota_count": "5", "quota_window": "minute"}, "5/minute"),
    ("not_before", {"not_before": "soon"}, ""),
    ("not_before", {"not_before": "2099-01-01"}, "before it begins"),
    ("expiry", {"expiry": "9999"}, ""),
    ("expiry", {"expiry": "never"}, ""),
    ("kind", {"kind": "session"}, ""),
    ("kind", {"kind": "root"}, ""),
]


def test_what_no_rule_can_be_is_refused_at_its_field_and_kept(visitor, keys, subtests):
    for field, fields, said in WRONG:
        with subtests.test(field):
            answer = visitor.generate("ci", **fields)
            assert answer.status_code == 422
            assert f'href="#{field}"' in answer.text  # the summary leads to the field
            assert said in answer.text
            assert keys() == []
            for text in filter(None, fields.values()):
                assert text.splitlines()[0] in answer.text or field in {
                    "access",
                    "expiry",
                    "kind",
                    "not_before",
                    "rate",
                    "quota",
                }


@pytest.mark.parametrize(
    "fields",
    [
        {"resources": "algo://demo/" + "x" * (ENTRY_LIMIT - 12)},
        {"resources": "\n".join(f"algo://demo/a{n}" for n in range(ENTRIES_LIMIT))},
        {"resources": ""},
        {"browser": "y", "hosts": ""},
        {"browser": "y", "hosts": "\n".join(f"h{n}.example.org" for n in range(HOSTS_LIMIT))},
        {"browser": None, "hosts": "not a host, but nobody asked for pages"},
        {"networks": "\n".join(f"10.0.{n}.0/24" for n in range(NETWORKS_LIMIT))},
        {"rate_count": str(COUNT_LIMIT)},
        {"rate_count": " 007 "},
        {"quota_count": "1", "quota_window": "day"},
    ],
)
def test_what_lies_just_within_the_limits_is_taken(visitor, fields):
    assert visitor.generate("ci", **fields).status_code == 201


def test_a_form_without_its_rules_makes_no_key(visitor, keys):
    form_id = visitor.form_id()
    answer = visitor.post(LIST, name="ci", expiry="90", form_id=form_id)
    assert (answer.status_code, keys()) == (422, [])


def test_the_sites_limits_are_offered_and_its_ceilings_said_and_held(visitor, session, keys):
    for name, text in (("default_rate", "10/second"), ("rate_ceiling", "20/second"), ("quota_ceiling", "100/day")):
        assert change.change(session, SHELL, name, text) is None
    session.commit()
    assert "This site allows at most 20/second." in visitor.get(f"{LIST}/new").text
    assert visitor.generate("ci", rate_count="21").status_code == 422
    assert visitor.generate("ci", quota_count="101").status_code == 422
    assert visitor.generate("ci", quota_count="100").status_code == 201
    policy = Policy.from_text(keys()[0].policy)
    assert (policy.rate, policy.quota) == (Rate(10, "second"), Quota(100, "day"))


def test_a_key_without_an_end_is_offered_only_where_the_site_allows_it(visitor, session, keys):
    assert "No expiration" not in visitor.get(f"{LIST}/new").text
    change.change(session, SHELL, "no_expiry", "yes")
    session.commit()
    assert visitor.generate("ci", expiry="never").status_code == 201
    assert keys()[0].expires_at is None


def test_an_entry_that_adds_nothing_is_told_and_taken(visitor):
    fields = {"resources": "algo://demo/*\nalgo://demo/Hello"}
    said = preview(visitor, **fields)
    assert "algo://demo/Hello adds nothing: algo://demo/* already allows it." in text_of(said)
    assert visitor.generate("ci", **fields).status_code == 201


PREVIEWS = [
    ({}, "nightly can call every algo, collection, query and environment and touch no data, from scripts"),
    ({"resources": "algo://*"}, "can call every algo and touch"),
    ({"resources": ""}, "can call no resource and touch no data"),
    ({"resources": "algo://demo/*"}, "can call algo://demo/* and touch"),
    ({"resources": "a://b/c\na://b/d\na://b/e\na://b/f\na://b/g"}, "call a://b/c, a://b/d, a://b/e and 2 more and"),
    ({"data": "read"}, "and read your data,"),
    ({"data": "write"}, "and read and change your data,"),
    ({"native": None, "browser": "y", "hosts": "a.org"}, "from web pages on a.org,"),
    ({"browser": "y", "hosts": "a.org"}, "from scripts and servers and from web pages on a.org,"),
    ({"browser": "y", "hosts": ""}, "and from web pages on no host,"),
    ({"networks": "10.0.0.0/8"}, "from scripts and servers in 10.0.0.0/8,"),
    ({"rate_count": "1", "quota_count": "12000"}, "at most once a minute and 12,000 times a day,"),
    ({"kind": "management"}, "It can also manage your other keys, none stronger than itself."),
]  # fmt: skip


def test_the_preview_says_in_one_sentence_what_the_key_can_do(visitor, subtests):
    for fields, words in PREVIEWS:
        with subtests.test(str(fields)):
            assert words in text_of(preview(visitor, name="nightly", **fields))


def test_the_preview_says_what_stands_in_the_way_and_makes_nothing(visitor, keys):
    said = preview(visitor, networks="10.0.0.0/33")
    assert said.status_code == 200
    assert "10.0.0.0/33" in text_of(said)
    assert keys() == []


def test_the_preview_escapes_what_was_typed(visitor):
    said = preview(visitor, name="<img src=x>", browser="y", hosts="a.org")
    assert "<img" not in said.text


def test_the_sentence_of_the_form_stands_on_the_keys_page(visitor, keys):
    visitor.generate("nightly", data="read", resources="algo://demo/*")
    page = visitor.get(f"{LIST}/{keys()[0].public_id}")
    assert "nightly can call algo://demo/* and read your data, from scripts and servers, until" in text_of(page)


def preview(visitor, **fields):
    return visitor.send_form_to(f"{LIST}/new", LIST, f"{LIST}/preview", **fields)


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.text)).replace("&amp;", "&")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"resources": "algo://*\nalgp://demo/Hello"}, "algp://demo/Hello: this site has no resources of that kind."),
        ({"browser": "y", "hosts": ""}, "no hostname is listed: no page can use this key."),
    ],
)
def test_what_is_allowed_and_of_no_use_draws_a_warning_and_is_made_all_the_same(visitor, fields, said):
    assert said in text_of(preview(visitor, **fields))
    assert visitor.generate("ci", **fields).status_code == 201


def test_the_warning_about_missing_hosts_stands_at_the_callers_origin(visitor):
    page = visitor.generate("", browser="y", hosts="").text
    origin = page.partition('id="origin"')[2].partition("</fieldset>")[0]
    assert "no hostname is listed" in origin
    assert "no hostname is listed" not in page.replace(origin, "")


def test_a_form_that_is_fine_draws_no_warning(visitor):
    told = text_of(preview(visitor))
    assert "of that kind" not in told
    assert "no hostname" not in told
