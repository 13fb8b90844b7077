import re

import pytest
from flask import Flask

from portal.web import permissions
from portal.web.permissions import ADMIN, ANYONE, PERSON, check_every_route, declared, may_call
from tests.support.visitor import PARTIAL


@pytest.fixture
def app_with_admin_page(app: Flask) -> Flask:
    @app.get("/admin-page")
    @may_call(ADMIN)
    def admin_page() -> str:
        return "for admins"

    return app


def test_a_route_that_does_not_say_who_may_call_it_stops_the_start(app):
    app.add_url_rule("/forgotten", view_func=lambda: "")
    with pytest.raises(LookupError, match="/forgotten"):
        check_every_route(app)


def test_every_route_of_the_portal_says_who_may_call_it(app):
    assert all(declared(app, rule.endpoint) is not None for rule in app.url_map.iter_rules())


def test_only_these_may_be_called_by_anyone(app):
    open_ones = {rule.endpoint for rule in app.url_map.iter_rules() if declared(app, rule.endpoint) is ANYONE}
    assert open_ones == {
        "static", "web.home", "web.accent", "profile.help_page", "sign_in.form", "sign_in.sign_in", "sign_in.sign_out",
        "sign_in.sign_up_form", "sign_in.sign_up", "sign_in.invitation", "sign_in.accept",
    }  # fmt: skip


def test_every_page_for_people_sends_a_stranger_to_sign_in(app, client):
    for rule in app.url_map.iter_rules():
        if declared(app, rule.endpoint) is PERSON:
            path = re.sub("<[^>]+>", "1", str(rule))
            answer = client.open(path, method="POST" if "POST" in rule.methods else "GET")
            assert (answer.status_code, str(answer.location).split("?")[0]) == (303, "/sign-in"), path


def test_a_stranger_comes_back_to_the_page_they_asked_for(client):
    assert client.get("/profile/sessions?x=1").location == "/sign-in?next=/profile/sessions?x%3D1"


def test_a_stranger_who_posts_comes_back_to_the_page_with_the_form(client):
    answer = client.post("/profile/password", headers={"Referer": "http://localhost/profile/password?x"})
    assert answer.location == "/sign-in?next=/profile/password"


def test_nobody_is_sent_back_to_another_site(client):
    answer = client.post("/profile/password", headers={"Referer": "https://evil.example/profile"})
    assert answer.location == "/sign-in"


@pytest.mark.parametrize("address", ["http://[bad", "http://[::1/"])
@pytest.mark.parametrize("headers", [{}, PARTIAL])
def test_a_page_with_an_address_that_is_none_is_not_returned_to(client, address, headers):
    answer = client.post("/profile/password", headers={**headers, "Referer": address, "HX-Current-URL": address})
    assert answer.headers.get("Location", answer.headers.get("HX-Redirect")) == "/sign-in"


def test_inside_htmx_the_whole_page_goes_to_sign_in(client):
    answer = client.post("/profile/password", headers=PARTIAL)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/profile/api-credentials"


def test_a_page_for_admins_does_not_exist_for_others(app_with_admin_page, visit, alice):
    visitor = visit(alice)
    assert visitor.get("/admin-page").data == visitor.get("/no-such-page").data


def test_a_page_for_admins_opens_for_an_admin(app_with_admin_page, visit, ada):
    assert visit(ada).get("/admin-page").text == "for admins"


def test_headers_of_htmx_give_no_rights(app, client):
    for rule in app.url_map.iter_rules():
        if permissions.declared(app, rule.endpoint) is PERSON and "GET" in rule.methods and "<" not in str(rule):
            assert client.get(str(rule), headers=PARTIAL).status_code == 401
