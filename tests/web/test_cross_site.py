"""Forms that another site makes a browser send."""

import pytest

from portal import create_app
from portal.config import Settings
from tests.support.visitor import PARTIAL, Visitor

EVIL = "http://evil.example"


@pytest.fixture
def post(visit, alice):
    """Send a form with a good token, and with headers as a browser sets them."""
    visitor = visit(alice)

    def send(**headers):
        visitor.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return visitor.post("/sign-out")

    return send


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": EVIL}, {"Origin": "null"}, {"Origin": "http://[bad"}, {"Origin": ""},
        {"Origin": "http://localhost.evil.example"}, {"Sec_Fetch_Site": "same-site", "Origin": "http://x.localhost"},
        {"Sec_Fetch_Site": "made-up", "Origin": EVIL},
    ],
)  # fmt: skip
def test_a_form_from_another_site_is_refused_in_a_sentence(post, headers):
    answer = post(**headers)
    assert answer.status_code == 403
    assert "This came from another site" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Sec_Fetch_Site": "same-origin", "Origin": "http://localhost"}, {"Sec_Fetch_Site": "none"},
        {"Origin": "http://localhost"}, {"Origin": "https://localhost"}, {"Origin": "http://localhost:8000"},
    ],
)  # fmt: skip
def test_a_form_of_our_own_passes(post, headers):
    assert post(**headers).status_code == 303


def test_a_link_on_another_site_opens_a_page(visit, alice):
    visitor = visit(alice)
    visitor.headers = {"Sec-Fetch-Site": "cross-site"}
    assert visitor.get("/profile").status_code == 200


@pytest.mark.parametrize("public", ["http://keys.example.org", "http://KEYS.example.org:80"])
def test_behind_a_proxy_that_changes_the_host_the_public_address_counts(folder, alice, public):
    app = create_app(Settings(PORTAL_DATA_DIR=folder.path, PORTAL_PUBLIC_URL=public))
    visitor = Visitor(app.test_client()).sign_in(alice)
    visitor.headers = {"Origin": "http://keys.example.org", "Host": "127.0.0.1:8000"}
    assert visitor.post("/sign-out").status_code == 303


def test_what_was_refused_changed_nothing(post, visit, alice):
    post(Origin=EVIL)
    assert post().status_code == 303


def test_inside_htmx_the_refusal_goes_to_the_top_of_the_page(post):
    assert post(Origin=EVIL, **PARTIAL).headers["HX-Retarget"] == "#trouble"


def test_a_refusal_is_written_down_with_what_would_mend_it(post, caplog):
    post(Origin=EVIL + "\x9b" * 500)
    [written] = [record.getMessage() for record in caplog.records if "PORTAL_PUBLIC_URL" in record.getMessage()]
    assert EVIL in written
    assert len(written) < 1000
