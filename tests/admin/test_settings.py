"""The page of the site's settings."""

import json

import pytest
from sqlalchemy import select

from portal import clock
from portal.audit.events import SHELL
from portal.audit.models import Audit
from portal.policy.limits import Quota, Rate
from portal.site import change
from portal.site.settings import DAY, SETTINGS, SignUpRule, SiteSettings, spell
from tests.cast import ADA
from tests.support.form import fields_of

PAGE = "/admin/settings"


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def admin(request, visit, ada):
    return visit(ada, htmx=request.param)


@pytest.fixture
def save(admin):
    """Send the form as the page shows it, but for these fields."""
    return lambda **fields: admin.send_form(PAGE, PAGE, **fields)


@pytest.fixture
def now(session):
    def read():
        session.rollback()
        return change.current(session)

    return read


def entries(session):
    session.rollback()
    return session.scalars(select(Audit).where(Audit.event == "site:changed").order_by(Audit.seq)).all()


def test_to_everyone_else_there_is_no_such_page(visit, alice):
    assert visit(alice).get(PAGE).status_code == 404
    assert visit(alice).post(PAGE, new_keys="no").status_code == 404


def test_every_setting_is_shown_with_its_words_and_its_default(admin):
    page = admin.get(PAGE).text.replace("&#39;", "'")
    for name, words in SETTINGS.items():
        assert f'name="{name}' in page
        assert words in page
        default = spell(getattr(SiteSettings(), name))
        called = {"yes": "Yes", "no": "No", "as-started": "As the portal was started"}
        assert f"Default: {called.get(default, default)}." in page


def test_no_choice_is_called_by_a_word_that_the_page_does_not_know(save):
    page = save(sign_up="invite", new_keys="no", longest_days="x").text
    assert "At present: As the portal was started." in page
    assert "At present: Yes." in page
    assert "as-started is" not in page


def test_a_form_that_nobody_touched_changes_nothing(save, now, session):
    assert save().status_code in {200, 303}
    assert now() == SiteSettings()
    assert entries(session) == []


def test_one_save_changes_several_and_each_is_in_the_trail_with_before_and_after(save, now, session):
    save(longest_days="180", default_rate_amount="100", default_rate_unit="minute", new_keys="no", sign_up="open")
    assert now() == SiteSettings(
        longest_days=180, default_rate=Rate(100, "minute"), new_keys=False, sign_up=SignUpRule.OPEN
    )
    told = {entry.subject: json.loads(entry.body) for entry in entries(session)}
    assert told == {
        "longest_days": {"before": "366", "after": "180"}, "default_rate": {"before": "none", "after": "100/minute"},
        "new_keys": {"before": "yes", "after": "no"}, "sign_up": {"before": "as-started", "after": "open"},
    }  # fmt: skip
    assert {entry.actor for entry in entries(session)} == {ADA}


def test_a_limit_is_taken_away_by_an_empty_number(save, now, session):
    change.change(session, SHELL, "quota_ceiling", "500/month")
    session.commit()
    save(quota_ceiling_amount=" ")
    assert now().quota_ceiling is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"longest_days": "soon"}, "soon is not a number of days from 1 to 36525."),
        ({"longest_days": ""}, "An empty text is not a number of days"),
        ({"longest_days": "9" * 5000}, "is not a number of days"),
        ({"schemes": "Algo"}, "Algo is not a scheme"),
        ({"new_keys": "perhaps"}, "perhaps is neither yes nor no."),
        ({"sign_up": "\0"}, "does not say who may make an account"),
        ({"rate_ceiling_amount": "many"}, "many is not a rate"),
        ({"default_quota_amount": "5", "default_quota_unit": "year"}, "5/year is not a quota"),
        ({"default_days": "367"}, "cannot live longer than the longest"),
        ({"default_rate_amount": "11", "default_rate_unit": "minute", "rate_ceiling_amount": "10",
          "rate_ceiling_unit": "minute"}, "cannot have a higher limit by default"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_at_its_field_and_nothing_is_saved(save, now, session, fields, sentence):
    answer = save(no_expiry="yes", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'role="alert"' in answer.text
    assert now() == SiteSettings()
    sent = fields_of(answer.text, PAGE)
    assert sent["no_expiry"] == "yes"
    assert all(sent.get(name) in {value, None} for name, value in fields.items() if value not in {"\0", "year"})


def test_several_errors_are_said_at_once(save):
    answer = save(default_days="x", longest_days="y", schemes="Z")
    assert "3 things to put right" in answer.text


def test_of_two_admins_who_save_at_once_the_second_is_told_and_overwrites_nothing(visit, ada, make_person, now):
    eve = visit(make_person("eve@example.org", is_admin=True))
    mine = visit(ada)
    shown = fields_of(mine.get(PAGE).text, PAGE)
    eve.send_form(PAGE, PAGE, longest_days="200")

    answer = mine.post(PAGE, **shown | {"default_days": "30"})

    assert answer.status_code == 422
    assert "Somebody else has changed the settings meanwhile" in answer.text
    assert now().default_days == 90
    again = fields_of(answer.text, PAGE)
    assert (again["longest_days"], again["default_days"]) == ("200", "30")
    assert mine.post(PAGE, **again).status_code == 303
    assert (now().longest_days, now().default_days) == (200, 30)


@pytest.fixture
def old_key(session, alice, issue):
    """A living key that was made 200 days ago."""
    key, _token = issue(alice)
    key.created_at = clock.now() - 200 * DAY
    session.commit()


@pytest.mark.usefixtures("old_key")
def test_what_would_end_living_keys_is_asked_about_and_saved_by_saving_again(save, admin, now, session):
    answer = save(longest_days="100", schemes="algo")
    assert answer.status_code == 422
    assert "1 living key would end at once. Save again to do it." in answer.text
    assert "Save, and end these keys" in answer.text
    assert now() == SiteSettings()
    assert entries(session) == []

    again = fields_of(answer.text, PAGE)
    assert (again["longest_days"], again["schemes"]) == ("100", "algo")
    assert admin.post(PAGE, **again).status_code in {200, 303}
    assert (now().longest_days, now().schemes) == (100, ("algo",))


@pytest.mark.usefixtures("old_key")
def test_saving_again_with_another_value_is_asked_about_anew(save, admin, now):
    again = fields_of(save(longest_days="150").text, PAGE)
    answer = admin.post(PAGE, **again | {"longest_days": "100"})
    assert answer.status_code == 422
    assert "1 living key would end" in answer.text
    assert now().longest_days == 366


def test_keys_without_an_end_are_asked_about_where_none_are_allowed_any_more(save, admin, now, session, alice, issue):
    change.change(session, SHELL, "no_expiry", "yes")
    session.commit()
    issue(alice, expires_at=None)[0].created_at = clock.now() - 500 * DAY
    session.commit()
    answer = save(no_expiry="no")
    assert "1 living key would end at once." in answer.text
    assert now().no_expiry
    admin.post(PAGE, **fields_of(answer.text, PAGE))
    assert not now().no_expiry


@pytest.mark.usefixtures("old_key")
def test_what_ends_no_key_is_saved_at_once(save, now):
    assert save(longest_days="300").status_code in {200, 303}
    assert now().longest_days == 300


@pytest.mark.usefixtures("old_key")
def test_what_makes_no_sense_is_refused_before_anything_is_asked(save):
    answer = save(longest_days="80")
    assert "cannot live longer than the longest" in answer.text
    assert "would end at once" not in answer.text


@pytest.mark.parametrize("length", [40, 12])
def test_a_pasted_key_is_not_repeated(save, alice, issue, length):
    _key, token = issue(alice)
    answer = save(schemes=f"algo {token[:-40] + token[-40:][:length]}")
    assert "is not a scheme" in answer.text
    assert token.rpartition("_")[2][:8] not in answer.text


@pytest.mark.parametrize("version", ["", "x", "-1", str(2**70), "0.5"])
def test_a_version_that_never_was_is_no_key_to_anything(save, now, version):
    assert save(version=version, default_days="30").status_code == 422
    assert now().default_days == 90


def test_what_is_set_at_the_start_is_shown_without_secrets(visit, ada, settings):
    page = visit(ada).get(PAGE).text
    for variable in ("PORTAL_PUBLIC_URL", "PORTAL_API_ENDPOINT", "PORTAL_KEY_PREFIX", "PORTAL_REDIS_URL"):
        assert variable in page
    assert settings.site_url in page
    assert "PORTAL_SERVICE_TOKEN" not in page


def test_the_address_of_redis_is_not_shown(folder, ada):
    from portal import create_app
    from portal.config import Settings
    from tests.support.visitor import Visitor

    app = create_app(Settings(PORTAL_DATA_DIR=folder.path, PORTAL_REDIS_URL="redis://:hush@127.0.0.1:1/0"))
    page = Visitor(app.test_client()).sign_in(ada).get(PAGE).text
    assert "hush" not in page
    assert "Rates are counted in Redis" in page


def test_a_change_of_who_may_sign_up_holds_at_once(save, client):
    assert client.get("/sign-up").status_code == 404
    save(sign_up="open")
    assert client.get("/sign-up").status_code == 200
    assert "Sign up</a>" in client.get("/sign-in").text
    save(sign_up="off")
    assert client.get("/sign-up").status_code == 404
    assert "Ask your administrator for an invitation" not in client.get("/sign-in").text


def test_a_poison_row_that_names_no_setting_spoils_nothing(admin, session):
    from portal.site.models import Site

    session.add(Site(name="of_a_newer_version", value='"7"', version=1))
    session.commit()
    assert admin.get(PAGE).status_code == 200


def test_limits_are_shown_as_they_are(admin, session):
    change.change(session, SHELL, "default_quota", str(Quota(10, "day").plain()))
    session.commit()
    shown = fields_of(admin.get(PAGE).text, PAGE)
    assert (shown["default_quota_amount"], shown["default_quota_unit"]) == ("10", "day")
