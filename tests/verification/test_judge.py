import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.policy.facts import Access, Facts
from portal.policy.reasons import Reason
from portal.verification.judge import judge, steady_until
from portal.verification.verdict import Allowed, KeyRow, Refused

NOW = 1_800_000_000_000
GOOD = KeyRow(
    digest=bytes(32), key_id=1, public_id="ptl_7Hq2Wd9xKm", name="ci", kind="standard", owner_id=7,
    user="alice@example.org", created_at=NOW, revoked_at=None, paused_at=None, secret_made_at=NOW, secret_ends_at=None,
    owner_disabled_at=None, sign_in_ended_at=None, sign_in_ends_at=None, not_before=None, expires_at=None,
    policy='{"resources":["algo://*"]}', site="{}",
)  # fmt: skip


def verdict_on(**columns: Any) -> Allowed | Refused:
    return judge(GOOD._replace(**columns), Facts(), NOW)


def test_a_key_that_nothing_stands_against_is_let_in() -> None:
    assert verdict_on() == Allowed(GOOD)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"revoked_at": NOW - 1}, Reason.REVOKED),
        ({"revoked_at": NOW + 1}, Reason.REVOKED),  # a clock that runs behind brings no key back
        ({"paused_at": NOW - 1}, Reason.PAUSED),
        ({"secret_ends_at": NOW}, Reason.REPLACED),
        ({"owner_disabled_at": NOW - 1}, Reason.OWNER_DISABLED),
        ({"sign_in_ended_at": NOW - 1}, Reason.REVOKED),
        ({"sign_in_ends_at": NOW}, Reason.REVOKED),
        ({"not_before": NOW + 1}, Reason.NOT_YET_VALID),
        ({"expires_at": NOW}, Reason.EXPIRED),
    ],
)
def test_what_stands_against_a_key_is_the_reason(columns: dict[str, int], reason: Reason) -> None:
    assert verdict_on(**columns) == Refused(reason, GOOD._replace(**columns))


@pytest.mark.parametrize(
    "columns",
    [{"secret_ends_at": NOW + 1}, {"sign_in_ends_at": NOW + 1}, {"not_before": NOW}, {"expires_at": NOW + 1}],
)
def test_a_key_works_up_to_the_last_millisecond(columns: dict[str, int]) -> None:
    assert isinstance(verdict_on(**columns), Allowed)


NARROW = {
    "networks": ["10.0.0.0/8"],
    "origin": {"native": True, "hosts": None},
    "resources": ["algo://nlp/*"],
    "data": "read",
}
ELSEWHERE = Facts(address="192.0.2.1", origin="https://evil.example", resource="algo://demo/Hello", access=Access.WRITE)
IN_ORDER = (
    (Reason.REVOKED, {"revoked_at": None}),
    (Reason.PAUSED, {"paused_at": None}),
    (Reason.REPLACED, {"secret_ends_at": None}),
    (Reason.OWNER_DISABLED, {"owner_disabled_at": None}),
    (Reason.NOT_YET_VALID, {"not_before": None}),
    (Reason.EXPIRED, {"expires_at": None}),
    (Reason.ADDRESS_NOT_ALLOWED, {"networks": None}),
    (Reason.ORIGIN_NOT_ALLOWED, {"origin": {"native": False, "hosts": ["evil.example"]}}),
    (Reason.RESOURCE_NOT_ALLOWED, {"resources": ["algo://demo/*"]}),
    (Reason.DATA_ACCESS_DENIED, {"data": "write"}),
)


def test_the_first_reason_in_the_fixed_order_is_given() -> None:
    columns: dict[str, Any] = {
        "revoked_at": NOW, "paused_at": NOW, "secret_ends_at": NOW, "owner_disabled_at": NOW, "not_before": NOW + 1,
        "expires_at": NOW,
    }  # fmt: skip
    rules: dict[str, Any] = dict(NARROW)
    for reason, mended in IN_ORDER:
        row = GOOD._replace(**columns, policy=json.dumps(rules))
        verdict = judge(row, ELSEWHERE, NOW)
        assert isinstance(verdict, Refused)
        assert verdict.reason is reason
        (columns if mended.keys() <= columns.keys() else rules).update(mended)
    row = GOOD._replace(**columns, policy=json.dumps(rules))
    assert judge(row, ELSEWHERE, NOW) == Allowed(row)


@pytest.mark.parametrize("access", Access)
def test_a_refusal_of_data_access_names_the_missing_right(access: Access) -> None:
    verdict = judge(GOOD, Facts(access=access), NOW)
    assert isinstance(verdict, Refused)
    assert (verdict.reason, verdict.right) == (Reason.DATA_ACCESS_DENIED, access)


def test_a_refusal_for_another_reason_names_no_right() -> None:
    verdict = judge(GOOD._replace(paused_at=NOW), Facts(access=Access.WRITE), NOW)
    assert isinstance(verdict, Refused)
    assert verdict.right is None


DAY = 86_400_000


@pytest.mark.parametrize("expires_at", [None, NOW + 900 * DAY])
def test_a_key_that_lives_longer_than_the_site_allows_has_expired(expires_at: int | None) -> None:
    row = GOOD._replace(created_at=NOW - 31 * DAY, expires_at=expires_at)
    assert judge(row._replace(site='{"longest_days": "31"}'), Facts(), NOW) == Allowed(
        row._replace(site='{"longest_days": "31"}')
    )
    verdict = judge(row._replace(site='{"longest_days": "30"}'), Facts(), NOW)
    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.EXPIRED


def test_a_key_without_an_end_lives_for_ever_only_where_the_site_allows_it() -> None:
    row = GOOD._replace(created_at=NOW - 4000 * DAY)
    assert isinstance(judge(row, Facts(), NOW), Refused)
    assert isinstance(judge(row._replace(site='{"no_expiry": "yes"}'), Facts(), NOW), Allowed)


@pytest.mark.parametrize("text", ["", "[]", '{"networks": ["everywhere"]}', '{"unheard-of": 1}'])
def test_a_policy_that_cannot_be_read_lets_nobody_in(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whatever it is, the doors answer 503
        judge(GOOD._replace(policy=text), Facts(), NOW)


around_now = st.integers(NOW - 3, NOW + 3)
maybe = st.none() | around_now
states = st.fixed_dictionaries({
    "created_at": st.sampled_from([NOW, NOW - 366 * DAY, NOW - 367 * DAY, NOW - 40 * DAY]),
    "site": st.sampled_from(["{}", '{"no_expiry": "yes"}', '{"longest_days": "30"}']),
    **dict.fromkeys(("revoked_at", "paused_at", "owner_disabled_at", "sign_in_ended_at"), st.none() | st.just(NOW)),
    **dict.fromkeys(("secret_ends_at", "sign_in_ends_at", "not_before", "expires_at"), maybe),
})  # fmt: skip


@given(state=states, now_ms=around_now)
@settings(max_examples=2_000, deadline=None, database=None)
def test_what_is_worked_out_ahead_changes_no_verdict(state: dict[str, Any], now_ms: int) -> None:
    row = GOOD._replace(**state)
    ahead = row._replace(steady_until=steady_until(row))
    at_once, later = judge(row, Facts(), now_ms), judge(ahead, Facts(), now_ms)
    assert (type(at_once), at_once[0] if isinstance(at_once, Refused) else None) == (
        type(later), later[0] if isinstance(later, Refused) else None,
    )  # fmt: skip


def test_a_key_that_nothing_stands_against_is_looked_at_again_when_it_ends() -> None:
    assert steady_until(GOOD._replace(expires_at=NOW + 5, secret_ends_at=NOW + 3)) == NOW + 3


@pytest.mark.parametrize("column", ["revoked_at", "paused_at", "owner_disabled_at", "sign_in_ended_at", "not_before"])
def test_of_a_key_with_more_to_it_nothing_is_worked_out_ahead(column: str) -> None:
    assert steady_until(GOOD._replace(**{column: NOW})) == 0


def test_every_reason_can_stand_in_a_header() -> None:
    for reason in Reason:
        assert reason.status in {400, 401, 403, 429}
        assert (reason + reason.detail + reason.headline).isascii()
        assert '"' not in reason.detail
