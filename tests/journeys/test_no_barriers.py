"""axe finds no barrier in any state of any page, light or dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys import account_states, key_states
from tests.journeys.stage import Stage

# A hidden page draws no frame, and an animation that is cut off may never finish: two seconds are enough for any.
COLOURS_HAVE_SETTLED = """
    () => Promise.race([
        new Promise((done) => setTimeout(done, 2000)),
        new Promise(requestAnimationFrame)
            .then(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished))),
    ]).then(() => {})
"""
OF_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


@pytest.fixture
def stage(app, page, session, complaints, alice, issue, sign_in) -> Stage:
    return Stage(app, page, session, complaints, alice, issue, sign_in)


@pytest.mark.parametrize("reach", account_states.STATES + key_states.STATES, ids=lambda state: state.__name__)
def test_no_state_of_a_page_has_barriers(stage, reach):
    reach(stage)
    assert barriers(stage.page, "light") + barriers(stage.page, "dark") == []


def test_a_barrier_is_found(page):
    page.goto("/sign-in")
    page.locator("label[for=email]").evaluate("label => label.remove()")
    assert any("label" in barrier for barrier in barriers(page, "light"))


def test_a_barrier_of_colours_is_found_in_dark(page):
    page.goto("/sign-in")
    too_near = "label => Object.assign(label.style, {color: '#333', background: '#222'})"
    page.locator("label[for=email]").evaluate(too_near)
    assert any("color-contrast" in barrier for barrier in barriers(page, "dark"))


def barriers(page: Page, scheme: str) -> list[str]:
    """Return what axe finds on the page, one line each: everything in light, in dark what depends on colours."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate(COLOURS_HAVE_SETTLED)
    violations = Axe().run(page, options=OF_COLOURS if scheme == "dark" else None).response["violations"]
    return [f"{scheme}: {found['id']}: {node['html'][:120]}" for found in violations for node in found["nodes"]]
