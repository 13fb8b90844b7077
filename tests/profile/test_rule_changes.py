"""What changed in the rules of a key, in the words of its history."""

from dataclasses import replace

import pytest

from portal.keys import rules
from portal.policy.data_access import DataAccess, Level
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings
from portal.web.rule_changes import change_lines

LIST = "/profile/api-credentials"


@pytest.mark.parametrize(
    ("rule", "before", "after", "line"),
    [
        ("data", "none", "write", "Data access: No access → Read & write"),
        ("resources", ["algo://*"], [], "Resources: algo://* → none"),
        ("networks", [], ["10.0.0.0/8", "192.0.2.1/32"], "Networks: from anywhere → 10.0.0.0/8, 192.0.2.1/32"),
        ("rate", None, "100/minute", "Rate limit: no limit → 100/minute"),
        ("quota", "10/day", None, "Quota: 10/day → no limit"),
        ("expires", None, "2027-02-18T23:59:59+00:00", "Expires: never → 18 Feb 2027"),
        ("not_before", "2027-02-18T00:00:00+00:00", None, "Not before: 18 Feb 2027 → at once"),
        (
            "origin", {"native": True, "hosts": None}, {"native": False, "hosts": ["a.example"]},
            "Caller origin: native clients → web browser on a.example",
        ),
        ("origin", {"native": False, "hosts": None}, {"native": True, "hosts": []},
         "Caller origin: nowhere → native clients, web browser on no host"),
        ("something-new", "a", "b", "something-new: a → b"),
    ],
)  # fmt: skip
def test_each_rule_is_told_before_and_after(app, rule, before, after, line):
    with app.test_request_context():
        assert change_lines({rule: [before, after]}) == [line]


def test_the_history_of_a_key_tells_what_changed(visit, alice, key, session, as_alice):
    policy = Policy.from_text(key.policy)
    wider = replace(policy, data=DataAccess(Level.READ))
    wish = {"not_before": None, "expires_at": key.expires_at, "version": key.version, "site": SiteSettings()}
    assert rules.change(session, as_alice, key, policy=wider, **wish) is None
    session.commit()
    page = visit(alice).get(f"{LIST}/{key.public_id}").text
    assert "Rules changed" in page
    assert "Data access: No access → Read only" in page
