"""`flask apps`."""

import json

import pytest

from portal.handover import apps
from portal.policy.limits import Rate
from portal.policy.policy import Policy

ADD = ("apps", "add", "Galaxy", "--launch", "https://galaxy.example.org/open")


def test_an_app_is_added_listed_and_removed(shell, session, peppers):
    told = json.loads(shell(*ADD, "--json").stdout)
    assert apps.authenticate(session, peppers, told["app"], told["secret"]).lifetime_minutes == 60
    assert shell("apps", "list").stdout == f"{told['app']} https://galaxy.example.org/open Galaxy\n"
    assert shell("apps", "remove", told["app"]).stdout == "Removed Galaxy.\n"
    assert shell("apps", "list").stdout == ""


def test_id_and_secret_are_all_that_is_printed(shell):
    public_id, secret = shell(*ADD).stdout.split()
    assert secret.startswith(f"{public_id}_")


def test_rules_and_lifetime_are_those_of_the_options(shell, session):
    shell(*ADD, "--resource", "collection://*", "--data", "read", "--rate", "5/second", "--lifetime", "30m")
    (app,) = apps.living(session)
    policy = Policy.from_text(app.policy)
    assert (policy.resources.entries, policy.data.level, policy.rate) == (
        ("collection://*",),
        "read",
        Rate(5, "second"),
    )
    assert app.lifetime_minutes == 30


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--lifetime", "1"), "1 is not a lifetime"), (("--lifetime", "9d"), "5 minutes to 7 days"),
        (("--resource", "x"), "x is not a resource"), (("--launch", "http://example.org"), "begins with https://"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_is_one_line(complaint, options, said):
    assert said in complaint(*ADD, *options)


def test_an_unknown_app_cannot_be_removed(complaint):
    assert "There is no connected app ptla_x." in complaint("apps", "remove", "ptla_x")
