"""The states of the API credentials page."""

from datetime import timedelta

from portal import clock
from portal.audit.events import SHELL, Actor
from portal.keys import default_key, lifecycle, rotation
from portal.keys.models import Key, KeyLastUsed
from portal.site.settings import SiteSettings
from portal.usage.models import KeyNetwork, Refusal, UsageHour
from portal.usage.series import hour_of
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
    stage.issue(stage.alice, "nightly", form_id=stage.page.locator("#form [name=form_id]").input_value())
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


def a_default_key_without_a_secret(stage: Stage) -> None:
    by, site = Actor(stage.alice.email, stage.alice.id), SiteSettings()
    default_key.reserve(stage.session, by, stage.alice, prefix="ptl", site=site)
    stage.session.commit()
    stage.enter()
    stage.see(".get-key")


def the_snippets(stage: Stage) -> None:
    a_default_key_without_a_secret(stage)
    stage.page.locator("#call > summary").click()
    stage.see("#call-curl")


def the_page_of_a_key_without_a_secret(stage: Stage) -> None:
    a_default_key_without_a_secret(stage)
    stage.follow("default-key")
    stage.see("#rules")


def a_session_key_that_is_shown_once(stage: Stage) -> None:
    stage.enter()
    stage.send("Generate session key", {})
    stage.see("#notice")


def a_list_with_a_session_key(stage: Stage) -> None:
    a_session_key_that_is_shown_once(stage)
    stage.follow("Done")
    stage.see("tr:has-text('With its sign-in')")


def the_question_before_rotating(stage: Stage) -> None:
    key, _token = stage.issue(stage.alice, "nightly")
    stage.enter()
    stage.page.locator(f"#row-{key.public_id} .menu summary").click()
    stage.follow("Rotate or regenerate…")
    stage.see("dialog")


def regenerating(stage: Stage) -> None:
    the_question_before_rotating(stage)
    stage.page.get_by_text("Regenerate: stop it now").click()
    stage.see(".if-now")


def a_rotation_with_a_wrong_day(stage: Stage) -> None:
    the_question_before_rotating(stage)
    stage.page.get_by_text("Until a date").click()
    stage.send_wrong("Rotate", {}, wrong="Last day of the old secret")


def the_question_before_rotating_on_a_page_of_its_own(stage: Stage) -> None:
    key, _token = stage.issue(stage.alice, "nightly")
    stage.enter(f"{LIST}/{key.public_id}/rotate")


def a_new_secret_that_is_shown_once(stage: Stage) -> None:
    the_question_before_rotating(stage)
    stage.send("Rotate", {})
    stage.see("#notice")


def a_form_that_has_rotated_its_key(stage: Stage) -> None:
    key, _token = stage.issue(stage.alice, "nightly")
    stage.enter(f"{LIST}/{key.public_id}/rotate")
    form_id = stage.page.locator("[name=form_id]").input_value()
    rotate_one(stage, key, form_id=form_id)
    stage.send("Rotate", {}, status=409)
    stage.see("#already")


def rotate_one(stage: Stage, key: Key, **wishes: str) -> None:
    ends, by = clock.now() + timedelta(hours=23), Actor(stage.alice.email, stage.alice.id)
    peppers = stage.app.extensions["portal"].peppers
    rotation.rotate(stage.session, by, key, ends, peppers=peppers, site=SiteSettings(), **wishes)  # type: ignore[arg-type]
    stage.session.commit()


def the_page_of_a_key_in_an_overlap(stage: Stage) -> None:
    key, _token = stage.issue(stage.alice, "nightly")
    stage.session.merge(KeyLastUsed(used=True, key_id=key.id, at=clock.now(), address="10.0.0.7"))
    stage.session.commit()
    stage.session.expire_all()
    rotate_one(stage, key)
    stage.enter(f"{LIST}/{key.public_id}")
    stage.see("#overlap")


def a_list_with_an_overlap(stage: Stage) -> None:
    key, _token = stage.issue(stage.alice, "nightly")
    rotate_one(stage, key)
    stage.enter()
    stage.see("a.note")


def the_question_before_deleting(stage: Stage) -> None:
    key, _token = stage.issue(stage.alice, "nightly")
    stage.enter()
    stage.page.locator(f"#row-{key.public_id} .menu summary").click()
    stage.follow("Delete…")
    stage.see("dialog")


def the_question_before_deleting_on_a_page_of_its_own(stage: Stage) -> None:
    key, _token = stage.issue(stage.alice, "nightly")
    stage.enter(f"{LIST}/{key.public_id}/delete")


def a_list_with_an_expired_key(stage: Stage) -> None:
    stage.issue(stage.alice, "nightly", expires_at=clock.now() - timedelta(days=1))
    stage.enter()
    stage.see("tr.is-over")


def the_form_with_every_rule(stage: Stage) -> None:
    the_form_for_a_new_key(stage)
    stage.field("Add a resource").fill("algo://demo/Hello algo://demo/* not-a-resource")
    stage.page.get_by_role("button", name="Add", exact=True).click()
    stage.page.get_by_label("Web browser").check()
    for summary in stage.page.locator(".more > summary").all():
        summary.click()
    stage.see("#preview .wrong")


def the_form_of_a_key(stage: Stage) -> None:
    key, _token = stage.issue(stage.alice, "nightly")
    stage.enter(f"{LIST}/{key.public_id}/edit")
    stage.see("#preview .sentence")


def a_change_that_is_refused(stage: Stage) -> None:
    the_form_of_a_key(stage)
    stage.send_wrong("Save", {"Name": ""}, wrong="Name")


def used_key(stage: Stage) -> Key:
    key, _token = stage.issue(stage.alice, "nightly", expires_at=clock.now() + timedelta(days=3))
    hour, now = hour_of(clock.now()), clock.now()
    stage.session.add_all(UsageHour(key_id=key.id, hour=hour - n, calls=n % 7, refused=n % 3) for n in range(48))
    stage.session.add_all(
        Refusal(key_id=key.id, fold=bytes([n]), first_at=now, at=now, reason="expired", address="10.1.2.3", calls=n + 1)
        for n in range(2)
    )
    for n, network in enumerate(("10.1.2.0/24", "2001:db8:1::/48")):
        first = now - timedelta(days=9 - 8 * n)
        stage.session.add(KeyNetwork(key_id=key.id, network=network, first_at=first, last_at=now))
    stage.session.commit()
    return key


def a_list_with_a_key_in_use(stage: Stage) -> None:
    used_key(stage)
    stage.enter()
    stage.see(".spark")
    stage.see("#expire-soon")


def the_page_of_a_key_in_use(stage: Stage) -> None:
    key = used_key(stage)
    stage.enter(f"{LIST}/{key.public_id}")
    stage.follow("7 days")
    stage.see("#span-7d[aria-current]")
    stage.page.locator(".chart-table summary").click()
    stage.see(".numbers")
    stage.see("#networks .status-warn")


STATES = [
    no_key_yet, a_list_of_keys, a_search_that_finds_nothing, the_revoked_keys, a_banner, the_form_for_a_new_key,
    a_new_key_without_a_name, a_key_that_is_shown_once, a_form_that_has_made_its_key, a_name_in_its_form,
    a_name_that_is_taken, the_question_before_revoking, the_question_on_a_page_of_its_own, the_menu_of_a_row,
    two_banners, the_page_of_a_paused_key, the_page_of_a_revoked_key, the_form_with_every_rule,
    the_form_of_a_key, a_change_that_is_refused,
    a_default_key_without_a_secret, the_snippets, the_page_of_a_key_without_a_secret, a_session_key_that_is_shown_once,
    a_list_with_a_session_key, the_question_before_rotating, regenerating, a_rotation_with_a_wrong_day,
    the_question_before_rotating_on_a_page_of_its_own, a_new_secret_that_is_shown_once, a_form_that_has_rotated_its_key,
    the_page_of_a_key_in_an_overlap, a_list_with_an_overlap, the_question_before_deleting,
    the_question_before_deleting_on_a_page_of_its_own, a_list_with_an_expired_key,
    a_list_with_a_key_in_use, the_page_of_a_key_in_use,
]  # fmt: skip
