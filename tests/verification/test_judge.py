from typing import Any

import pytest

from portal.policy.facts import Facts
from portal.policy.reasons import Reason
from portal.verification.judge import judge
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


def test_the_first_reason_in_the_fixed_order_is_given() -> None:
    against = {
        "revoked_at": NOW, "paused_at": NOW, "secret_ends_at": NOW, "owner_disabled_at": NOW, "not_before": NOW + 1,
        "expires_at": NOW,
    }  # fmt: skip
    given = []
    for column in list(against):
        verdict = verdict_on(**against)
        assert isinstance(verdict, Refused)
        given.append(verdict.reason)
        del against[column]
    assert given == [
        Reason.REVOKED, Reason.PAUSED, Reason.REPLACED, Reason.OWNER_DISABLED, Reason.NOT_YET_VALID, Reason.EXPIRED,
    ]  # fmt: skip


def test_every_reason_can_stand_in_a_header() -> None:
    for reason in Reason:
        assert reason.status in {401, 403, 429}
        assert (reason + reason.detail + reason.headline).isascii()
        assert '"' not in reason.detail
