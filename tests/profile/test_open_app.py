"""Opening a connected app from the menu."""

from urllib.parse import parse_qs, urlsplit

import pytest

from portal.handover.models import AppCode
from portal.profile.open_app import STATE_LIMIT
from tests.handover.conftest import LAUNCH, add, galaxy  # noqa: F401  # fixtures

LIST = "/profile/api-credentials"


@pytest.fixture
def page(galaxy):  # noqa: F811
    return f"/profile/apps/{galaxy.app.public_id}"


def test_the_menu_offers_every_connected_app(visit, alice, page, add):  # noqa: F811
    add("Andromeda")
    text = visit(alice).get(LIST).text
    assert text.index("Open in Andromeda") < text.index("Open in Galaxy")
    assert f'href="{page}"' in text


def test_the_page_says_what_the_app_will_be_able_to_do_and_for_how_long(visit, alice, issue, page):
    issue(alice)
    text = visit(alice).get(page).text
    for said in ("Galaxy</mark> can call", "collection", "read</mark> your data", "for 1 hour", LAUNCH):
        assert said in text


def test_opening_sends_the_browser_to_the_app_with_a_code_and_its_state(visit, alice, issue, page, session):
    issue(alice)
    visitor = visit(alice)
    visitor.get(page)
    answer = visitor.post(page, state="a b&c")
    address = urlsplit(answer.headers["Location"])
    told = parse_qs(address.query)
    assert answer.status_code == 303
    assert (address.netloc, told["state"], told["from"]) == ("galaxy.example.org", ["a b&c"], ["portal"])
    assert session.query(AppCode).count() == 1
    assert told["code"][0].encode() not in session.query(AppCode).one().digest


def test_the_content_policy_lets_this_form_lead_to_the_app_and_no_other(visit, alice, issue, page):
    issue(alice)
    visitor = visit(alice)
    assert "form-action 'self' https://galaxy.example.org;" in visitor.get(page).headers["Content-Security-Policy"]
    assert "form-action 'self';" in visitor.get(LIST).headers["Content-Security-Policy"]


def test_without_a_key_of_ones_own_the_page_leads_to_the_form(visit, alice, page, session):
    visitor = visit(alice)
    text = visitor.get(page).text
    assert "You have no API key that works." in text
    assert f'action="{page}"' not in text
    assert visitor.post(page).status_code == 409
    assert session.query(AppCode).count() == 0


def test_looking_at_the_page_hands_nothing_over(visit, alice, issue, page, session):
    issue(alice)
    visit(alice).get(page)
    assert session.query(AppCode).count() == 0


def test_a_form_of_another_site_opens_nothing(app, visit, alice, issue, page, session):
    issue(alice)
    visitor = visit(alice)
    visitor.csrf_token = "made up"
    assert visitor.post(page).status_code == 400
    assert session.query(AppCode).count() == 0


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_app_is_a_404(visit, alice, page, method):
    visitor = visit(alice)
    visitor.get(LIST)
    assert getattr(visitor, method)("/profile/apps/ptla_nothing").status_code == 404


@pytest.mark.parametrize(
    ("state", "status"),
    [("x" * STATE_LIMIT, 200), ("x" * (STATE_LIMIT + 1), 400), ("é", 400), ("a\nb", 400), ("", 200)],
)
def test_a_state_is_short_and_printable_and_goes_into_the_form(visit, alice, issue, page, state, status):
    issue(alice)
    assert visit(alice).get(page, query_string={"state": state}).status_code == status


def test_who_is_signed_out_signs_in_first(client, page):
    answer = client.get(f"{page}?state=abc")
    assert answer.status_code == 303
    assert "state" in answer.headers["Location"]


def test_where_an_admin_wants_no_new_keys_no_app_is_opened(app, visit, alice, issue, page, session):
    issue(alice)
    visitor = visit(alice)
    app.test_cli_runner().invoke(args=["settings", "set", "new_keys", "no"])
    assert "an administrator has switched that off" in visitor.get(page).text
    assert visitor.post(page).status_code == 409
    assert session.query(AppCode).count() == 0
