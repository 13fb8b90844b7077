"""What each value of PORTAL_SIGN_UP lets people do."""

import pytest

from portal import create_app
from portal.accounts import invitations
from portal.audit.events import SHELL
from portal.config import Settings


@pytest.fixture
def link(session):
    """An invitation that was made before the setting was changed."""
    token = invitations.invite(session, SHELL, "new@example.org")
    session.commit()
    return f"/invitations/{token}"


@pytest.fixture
def portal_with(folder):
    return lambda sign_up: create_app(Settings(PORTAL_DATA_DIR=folder.path, PORTAL_SIGN_UP=sign_up))


@pytest.mark.parametrize(
    ("sign_up", "form", "invitation"), [("off", 404, 404), ("invite", 404, 200), ("open", 200, 200)]
)
def test_the_pages_are_there_for_those_who_may(portal_with, link, sign_up, form, invitation):
    client = portal_with(sign_up).test_client()
    assert (client.get("/sign-up").status_code, client.get(link).status_code) == (form, invitation)


def test_where_nobody_may_an_invitation_is_as_unknown_as_any_other_page(portal_with, link):
    app = portal_with("off")
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.get(link).data == client.post(link).data == client.get("/nothing").data


@pytest.mark.parametrize(("sign_up", "status"), [("off", 1), ("invite", 0), ("open", 0)])
def test_the_shell_invites_where_an_invitation_would_work(portal_with, sign_up, status):
    result = portal_with(sign_up).test_cli_runner().invoke(args=["users", "invite", "new@example.org"])
    assert (result.exit_code, result.output.count("\n")) == (status, 1)
    assert ("PORTAL_SIGN_UP is off" in result.stderr) == (sign_up == "off")
