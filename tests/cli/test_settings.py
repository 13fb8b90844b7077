"""`flask settings`."""

import pytest

from portal.site.settings import SETTINGS
from tests.cast import ALICE


def test_every_setting_is_listed_with_its_value(shell, alice):
    lines = shell("settings", "list").stdout.splitlines()
    assert [line.partition(" = ")[0] for line in lines] == list(SETTINGS)
    assert "default_days = 90" in lines


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schemes", "algo data"), ("default_days", "30"), ("longest_days", "120"), ("no_expiry", "yes"),
        ("default_key", "no"), ("default_rate", "100/minute"), ("rate_ceiling", "9/second"),
        ("default_quota", "10/day"), ("quota_ceiling", "500/month"),
        ("new_keys", "no"), ("sign_up", "open"),
    ],
)  # fmt: skip
def test_every_setting_can_be_set_and_read(shell, alice, name, value):
    assert shell("settings", "set", name, value).stdout == f"{name} = {value}\n"
    assert shell("settings", "get", name).stdout == f"{value}\n"


@pytest.mark.parametrize("act", [("get", "colour"), ("set", "colour", "red")])
def test_an_unknown_setting_is_one_line(complaint, act):
    assert "There is no setting named colour." in complaint("settings", *act)


def test_a_value_that_cannot_be_read_is_one_line(complaint):
    assert "soon is not a number of days" in complaint("settings", "set", "longest_days", "soon")


def test_the_default_lifetime_stays_under_the_longest(complaint):
    assert "cannot live longer than the longest" in complaint("settings", "set", "longest_days", "89")


def test_what_was_set_holds_for_the_next_key(shell, complaint, alice):
    shell("settings", "set", "longest_days", "91")
    assert "this key may last until" in complaint("keys", "issue", ALICE, "--name", "ci", "--expires-in", "92d")
