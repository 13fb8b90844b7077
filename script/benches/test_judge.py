"""What judging costs, without looking the key up: script/bench judge."""

import pytest

from portal.policy.facts import Access, Facts
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings
from portal.verification.judge import judge
from portal.verification.verdict import Allowed, KeyRow

NOW = 1_800_000_000_000
FULL = Policy.read({
    "resources": ["algo://nlp/*", *(f"algo://demo/algorithm-{number}" for number in range(9))],
    "origin": {"native": False, "hosts": ["example.org", "*.example.org", "app.example.net:8443"]},
    "networks": ["10.0.0.0/8", "2001:db8::/32", "192.0.2.0/24"],
    "data": "read",
})  # fmt: skip
ROW = KeyRow(
    digest=bytes(32), key_id=1, public_id="ptl_7Hq2Wd9xKm", name="ci", kind="standard", owner_id=7,
    user="alice@example.org", created_at=NOW, revoked_at=None, paused_at=None, secret_made_at=NOW, secret_ends_at=None,
    owner_disabled_at=None, sign_in_ended_at=None, sign_in_ends_at=None, not_before=None, expires_at=NOW + 1,
    policy=SiteSettings().new_policy().to_text(), site="{}",
)  # fmt: skip
# What is asked meets the last entry of each list.
NATIVE = Facts(address="192.0.2.7", method="POST", path="/", resource="query://field/all")
PAGE = Facts(
    address="192.0.2.7", origin="https://app.example.net:8443", method="POST", path="/",
    resource="algo://demo/algorithm-8", access=Access.READ,
)  # fmt: skip


@pytest.mark.parametrize(
    ("row", "facts"),
    [(ROW, NATIVE), (ROW._replace(policy=FULL.to_text()), PAGE)],
    ids=["default rules", "ten resources, three hosts, three networks"],
)
def test_judging(benchmark, row, facts):
    assert benchmark(judge, row, facts, NOW) == Allowed(row)
