"""The states of the API credentials page."""

from portal.audit.events import SHELL
from portal.keys import lifecycle
from portal.keys.models import Key
from tests.journeys.stage import LIST, Stage


def no_key_yet(stage: Stage) -> None:
    stage.enter()


def a_list_of_keys(stage: Stage) -> None:
    stage.issue(stage.alice, "nightly")
    stage.issue(stage.alice, "ci")
    stage.enter()


def a_search_that_finds_nothing(stage: Stage) -> None:
    stage.issue(stage.alice, "nightly")
    stage.enter(f"{LIST}?q=something+else")
    stage.see(".no-match")


def revoke_one(stage: Stage) -> Key:
    key, _token = stage.issue(stage.alice, "nightly")
    lifecycle.revoke(stage.session, SHELL, key, "found in a repository")
    stage.session.commit()
    return key


def the_revoked_keys(stage: Stage) -> None:
    key = revoke_one(stage)
    stage.enter(f"{LIST}?show=revoked")
    stage.see(f"#row-{key.public_id}")


def a_banner(stage: Stage) -> None:
    revoke_one(stage)
    stage.enter()
    stage.see(".banner-bad:has-text('found in a repository')")


def the_form_for_a_new_key(stage: Stage) -> None:
    stage.enter()
    stage.follow("Generate API key")
    stage.see("#name")


def a_new_key_without_a_name(stage: Stage) -> None:
    the_form_for_a_new_key(stage)
    stage.send_wrong("Generate", {}, wrong="Name")


def a_key_that_is_shown_once(stage: Stage) -> None:
    the_form_for_a_new_key(stage)
    stage.send("Generate", {"Name": "nightly"})
    stage.see("#notice")


def a_form_that_has_made_its_key(stage: Stage) -> None:
    the_form_for_a_new_key(stage)
    stage.issue(stage.alice, "nightly", form_id=stage.page.locator("[name=form_id]").input_value())
    stage.send("Generate", {"Name": "nightly"}, status=409)
    stage.see("#already")


def a_name_in_its_form(stage: Stage) -> None:
    a_list_of_keys(stage)
    stage.follow("Edit API key: nightly")
    stage.see("#rename-name")


def a_name_that_is_taken(stage: Stage) -> None:
    a_name_in_its_form(stage)
    stage.send_wrong("Rename", {"New name of nightly": "ci"}, wrong="New name of nightly")


def the_question_before_revoking(stage: Stage) -> None:
    a_list_of_keys(stage)
    stage.follow("Revoke API key: nightly")
    stage.see("dialog")


def the_question_on_a_page_of_its_own(stage: Stage) -> None:
    key, _token = stage.issue(stage.alice, "nightly")
    stage.enter(f"{LIST}/{key.public_id}/revoke")


def the_menu_of_a_row(stage: Stage) -> None:
    a_list_of_keys(stage)
    stage.page.locator(".row-actions summary").first.click()
    stage.see(".menu[open]")


def two_banners(stage: Stage) -> None:
    revoke_one(stage)
    revoke_one(stage)
    stage.enter()
    stage.see(".banner-bad >> nth=1")


def the_page_of_a_paused_key(stage: Stage) -> None:
    key, _token = stage.issue(stage.alice, "nightly")
    lifecycle.pause(stage.session, SHELL, key)
    stage.session.commit()
    stage.enter(f"{LIST}/{key.public_id}")


def the_page_of_a_revoked_key(stage: Stage) -> None:
    key = revoke_one(stage)
    stage.enter(f"{LIST}/{key.public_id}")


STATES = [
    no_key_yet, a_list_of_keys, a_search_that_finds_nothing, the_revoked_keys, a_banner, the_form_for_a_new_key,
    a_new_key_without_a_name, a_key_that_is_shown_once, a_form_that_has_made_its_key, a_name_in_its_form,
    a_name_that_is_taken, the_question_before_revoking, the_question_on_a_page_of_its_own, the_menu_of_a_row,
    two_banners, the_page_of_a_paused_key, the_page_of_a_revoked_key,
]  # fmt: skip
