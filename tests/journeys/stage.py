"""What the states of pages are made with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from tests.journeys.conftest import Complaints

LIST = "/profile/api-credentials"


@dataclass
class Stage:
    """A portal with alice, and a page that is signed out until `enter`."""

    app: Flask
    page: Page
    session: Session
    complaints: Complaints
    alice: Person
    issue: Callable[..., tuple[Any, str]]
    sign_in: Callable[..., None]

    def open(self, path: str, status: int = 200) -> None:
        """Open a page, as whoever is signed in."""
        self.complaints.expect(status)
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status

    def enter(self, path: str = LIST, status: int = 200) -> None:
        """Sign alice in and open a page."""
        self.sign_in(self.page, self.alice)
        self.open(path, status)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).click()

    def send(self, button: str, fields: dict[str, str], *, status: int = 200) -> None:
        """Fill a form in and press its button."""
        self.complaints.expect(status)
        for label, text in fields.items():
            self.field(label).fill(text)
        self.page.get_by_role("button", name=button, exact=True).click()

    def send_wrong(self, button: str, fields: dict[str, str], *, wrong: str) -> None:
        """Send a form that comes back with an error at the field `wrong`."""
        self.send(button, fields, status=422)
        expect(self.field(wrong)).to_have_attribute("aria-invalid", "true")

    def see(self, selector: str) -> None:
        expect(self.page.locator(selector)).to_be_visible()
