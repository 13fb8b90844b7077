"""`flask keys issue` with rules, dates and limits."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import clock
from portal.keys.models import Key
from portal.policy.policy import Policy
from tests.cast import ALICE


@pytest.fixture
def made(shell, alice, session):
    """Issue a key with these options, and return it."""

    def make(*options):
        result = shell("keys", "issue", ALICE, "--name", "ci", *options)
        assert result.exit_code == 0, result.output
        return session.query(Key).one()

    return make


def rules(key):
    return Policy.from_text(key.policy).plain()


def test_a_key_without_options_may_do_what_a_new_key_may(made):
    assert rules(made())["resources"] == ["algo://*", "collection://*", "query://*", "environment://*"]


def test_named_resources_take_the_place_of_the_defaults(made):
    key = made("--resource", "algo://alice/*", "--resource", "algo://bob/hello")
    assert rules(key)["resources"] == ["algo://alice/*", "algo://bob/hello"]


def test_a_key_may_be_for_the_web_pages_of_some_hosts_only(made):
    key = made("--no-native", "--browser-host", "example.org", "--browser-host", "*.example.org")
    assert rules(key)["origin"] == {"native": False, "hosts": ["example.org", "*.example.org"]}


def test_a_key_has_the_data_access_the_networks_and_the_limits_that_were_asked_for(made):
    asked = ("--data", "write", "--network", "192.0.2.7", "--network", "2001:db8::/32")
    told = rules(made(*asked, "--rate", "100/minute", "--quota", "10000/day"))
    assert (told["data"], told["networks"]) == ("write", ["192.0.2.7/32", "2001:db8::/32"])
    assert (told["rate"], told["quota"]) == ("100/minute", "10000/day")


def test_a_key_begins_when_it_was_asked_to(made):
    tomorrow = (clock.now() + timedelta(days=1)).date()
    assert made("--not-before", f"{tomorrow}").not_before == datetime(*tomorrow.timetuple()[:3], tzinfo=UTC)


def test_a_management_key_can_be_made(made):
    assert made("--kind", "management").kind == "management"


def test_a_key_without_an_end_needs_a_site_that_allows_it(made, complaint, shell, alice):
    assert "this site allows none without an end" in complaint("keys", "issue", ALICE, "--name", "ci", "--no-expiry")
    shell("settings", "set", "no_expiry", "yes")
    assert made("--no-expiry").expires_at is None


def test_the_default_limits_of_the_site_can_be_left_out(made, shell, alice):
    shell("settings", "set", "default_rate", "5/second")
    assert rules(made("--rate", "none"))["rate"] is None


def test_a_new_key_has_the_default_limits_of_the_site(made, shell, alice):
    shell("settings", "set", "default_rate", "5/second")
    assert rules(made())["rate"] == "5/second"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--resource", "algo"), "algo is not a resource"),
        (("--no-native",), "Nobody could call with this key"),
        (("--browser-host", "*.org"), "*.org is too wide"),
        (("--data", "all"), "all is not a data access"),
        (("--network", "here"), "here is not an address or a network"),
        (("--rate", "fast"), "fast is not a rate"),
        (("--quota", "5/minute"), "5/minute is not a quota"),
        (("--not-before", "soon"), "soon is not a time"),
        (("--not-before", "2999-01-01"), "The key would end before it begins."),
        (("--expires-in", "90"), "90 is not a lifetime"),
        (("--expires-in", "0d"), "0d is not a lifetime"),
        (("--expires-in", "367d"), "this key may last until"),
        (("--expires-in", "9d", "--no-expiry"), "Say either --expires-in or --no-expiry."),
        (("--kind", "session"), "session is not a kind of key"),
    ],
)
def test_what_cannot_be_read_is_named_in_one_line(complaint, alice, options, sentence):
    assert sentence in complaint("keys", "issue", ALICE, "--name", "ci", *options)


@pytest.mark.parametrize(
    ("setting", "ceiling", "option"), [("rate_ceiling", "5/second", "--rate"), ("quota_ceiling", "100/day", "--quota")]
)
def test_the_shell_obeys_the_ceilings_of_the_site(complaint, shell, alice, setting, ceiling, option):
    shell("settings", "set", setting, ceiling)
    beyond = ceiling.replace("/", "0/")
    assert f"at most {ceiling}." in complaint("keys", "issue", ALICE, "--name", "ci", option, beyond)


def test_the_shell_makes_keys_where_nobody_else_may(shell, made):
    shell("settings", "set", "new_keys", "no")
    assert made().name == "ci"
