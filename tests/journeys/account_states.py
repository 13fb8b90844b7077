"""The states of the pages by which people come in and look after their account."""

from portal.accounts import invitations, membership, passwords
from portal.audit.events import SHELL
from tests.cast import ALICE, BOB, PASSWORD
from tests.journeys.conftest import open_the_door
from tests.journeys.stage import Stage

WEAK, GOOD = "password12", "violet kettle under the stairs"


def signing_in(stage: Stage) -> None:
    stage.open("/sign-in")


def a_wrong_password(stage: Stage) -> None:
    signing_in(stage)
    stage.send_wrong("Sign in", {"E-mail": ALICE, "Password": "wrong"}, wrong="Password")


def signing_up(stage: Stage) -> None:
    open_the_door(stage.app)
    stage.open("/sign-up")


def a_weak_password_at_sign_up(stage: Stage) -> None:
    signing_up(stage)
    stage.send_wrong("Sign up", {"E-mail": BOB, "Password": WEAK}, wrong="Password")


def invite_bob(stage: Stage) -> str:
    token = invitations.invite(stage.session, SHELL, BOB)
    stage.session.commit()
    return f"/invitations/{token}"


def an_invitation(stage: Stage) -> None:
    stage.open(invite_bob(stage))


def a_weak_password_for_an_invitation(stage: Stage) -> None:
    an_invitation(stage)
    stage.send_wrong("Set password", {"Password": WEAK}, wrong="Password")


def an_invitation_that_is_over(stage: Stage) -> None:
    stage.open("/invitations/made-up", 404)


def an_invitation_of_someone_with_an_account(stage: Stage) -> None:
    link = invite_bob(stage)
    membership.create(stage.session, SHELL, BOB, passwords.hash_password(PASSWORD))
    stage.session.commit()
    stage.open(link, 404)


def help_for_everyone(stage: Stage) -> None:
    stage.open("/help/api-keys")


def the_documentation_of_the_sample_api(stage: Stage) -> None:
    stage.open("/sample/docs")


def my_profile(stage: Stage) -> None:
    stage.enter("/profile")


def the_password_form(stage: Stage) -> None:
    stage.enter("/profile/password")


def a_weak_new_password(stage: Stage) -> None:
    the_password_form(stage)
    stage.send_wrong("Change password", {"Current password": PASSWORD, "New password": WEAK}, wrong="New password")


def a_wrong_current_password(stage: Stage) -> None:
    the_password_form(stage)
    stage.send_wrong("Change password", {"Current password": "wrong", "New password": GOOD}, wrong="Current password")


def the_sign_ins(stage: Stage) -> None:
    stage.enter("/profile/sessions")


def a_page_that_is_not_there(stage: Stage) -> None:
    stage.enter("/no/page", 404)


def a_server_that_is_gone(stage: Stage) -> None:
    the_password_form(stage)
    stage.page.route("**/profile/password", lambda route: route.fulfill(status=503, body="nginx"))
    stage.send("Change password", {"Current password": PASSWORD, "New password": GOOD}, status=503)
    stage.see("#trouble p")


STATES = [
    signing_in, a_wrong_password, signing_up, a_weak_password_at_sign_up, an_invitation,
    a_weak_password_for_an_invitation, an_invitation_that_is_over, an_invitation_of_someone_with_an_account,
    help_for_everyone, the_documentation_of_the_sample_api, my_profile, the_password_form, a_weak_new_password,
    a_wrong_current_password, the_sign_ins, a_page_that_is_not_there, a_server_that_is_gone,
]  # fmt: skip
