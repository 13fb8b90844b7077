"""Who may call what: the whole table, so that a change of it is a change of this file."""

import pytest
from flask import Flask

from portal.web.permissions import ADMIN, ANYONE, APP, KEY, PERSON, check_every_route, declared, may_call

TABLE = {
    ANYONE: """
        GET  /
        GET  /accent.css
        GET  /static/<path:filename>
        GET  /sign-in
        POST /sign-in
        GET  /sign-up
        POST /sign-up
        POST /sign-out
        GET  /invitations/<token>
        POST /invitations/<token>
        GET  /help/api-keys
    """,
    PERSON: """
        GET  /profile
        GET  /profile/password
        POST /profile/password
        GET  /profile/delete
        POST /profile/delete
        GET  /profile/sessions
        POST /profile/sessions/<row:sign_in_id>/end
        POST /profile/sessions/end-all
        POST /profile/banners/<row:banner_id>/dismiss
        GET  /profile/api-credentials
        POST /profile/api-credentials
        GET  /profile/api-credentials/new
        GET  /profile/api-credentials/<public_id>/edit
        POST  /profile/api-credentials/preview
        POST  /profile/api-credentials/<public_id>/edit
        POST  /profile/api-credentials/<public_id>/edit/preview
        GET  /profile/api-credentials/none
        GET  /profile/apps/<public_id>
        POST /profile/apps/<public_id>
        GET  /profile/api-credentials/<public_id>
        POST /profile/api-credentials/<public_id>/pause
        POST /profile/api-credentials/<public_id>/resume
        GET  /profile/api-credentials/<public_id>/revoke
        POST /profile/api-credentials/<public_id>/revoke
        POST /profile/api-credentials/<public_id>/rename
        GET  /profile/api-credentials/<public_id>/rotate
        POST /profile/api-credentials/<public_id>/rotate
        POST /profile/api-credentials/<public_id>/end-overlap
        GET  /profile/api-credentials/<public_id>/delete
        POST /profile/api-credentials/<public_id>/delete
        POST /profile/api-credentials/<public_id>/secret
        POST /profile/api-credentials/session-key
        POST /profile/api-credentials/<public_id>/try
        GET  /profile/api-credentials/<public_id>/download/<slug>
        POST /profile/api-credentials/<public_id>/download/<slug>
    """,
    KEY: """
        GET  /api/v1/keys
        POST /api/v1/keys
        GET  /api/v1/keys/<public_id>
        PATCH /api/v1/keys/<public_id>
        POST /api/v1/keys/<public_id>/pause
        POST /api/v1/keys/<public_id>/resume
        POST /api/v1/keys/<public_id>/rotate
        POST /api/v1/keys/<public_id>/revoke
    """,
    APP: """
        POST /api/v1/apps/exchange
    """,
    ADMIN: """
        GET  /admin/
        GET  /admin/keys
        POST /admin/keys/find
        GET  /admin/keys/export/<any(csv,'json-lines'):form>
        POST /admin/keys/ask
        POST /admin/keys/stop
        GET  /admin/keys/<public_id>
        GET  /admin/keys/<public_id>/<any(revoke,pause):act>
        POST /admin/keys/<public_id>/<any(revoke,pause,resume):act>
        GET  /admin/keys/<public_id>/why
        GET  /admin/audit
        POST /admin/audit/check
        GET  /admin/audit/export/<slug>
        GET  /admin/access
        GET  /admin/access/export/<slug>
        GET  /admin/settings
        POST /admin/settings
        GET  /admin/users
        POST /admin/users
        POST /admin/users/invitations/<row:invitation_id>/withdraw
        GET  /admin/users/<row:person_id>
        GET  /admin/users/<row:person_id>/acts/<act>
        POST /admin/users/<row:person_id>/acts/<act>
        POST /admin/users/<row:person_id>/keys/ask
        POST /admin/users/<row:person_id>/keys/revoke
        POST /admin/users/<row:person_id>/keys/hand-over
    """,
}


def test_every_route_is_in_the_table_with_its_caller(app):
    expected = {(*line.split(), caller) for caller, lines in TABLE.items() for line in lines.strip().splitlines()}

    assert routes_of(app) == expected


def routes_of(app):
    return {
        (method, rule.rule, declared(app, rule.endpoint))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_a_route_that_says_nothing_stops_the_start():
    app = Flask("silent", static_folder=None)
    app.add_url_rule("/said", "said", may_call(PERSON)(lambda: ""))
    app.add_url_rule("/silent", "silent", lambda: "")

    with pytest.raises(LookupError, match="Nobody said who may call /silent;"):
        check_every_route(app)


@pytest.mark.parametrize("method_and_path", TABLE[PERSON].strip().splitlines())
def test_a_person_who_is_signed_out_gets_nothing_but_the_sign_in(client, method_and_path):
    method, path = method_and_path.split()

    answer = client.open(path.replace("<row:sign_in_id>", "1").replace("<row:banner_id>", "1"), method=method)

    assert answer.status_code in {303, 404}
    assert answer.status_code == 404 or answer.location.startswith("/sign-in")
