"""A browser in a few lines, for tests of what the server answers: it keeps cookies and finds CSRF tokens in pages."""

import re
from typing import Any, Self

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import Person
from portal.keys.token import PATTERN
from tests import cast
from tests.support.form import fields_of

LIST = "/profile/api-credentials"
# What HTMX sends with a request whose answer goes into a part of its page.
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": f"http://localhost{LIST}"}


class Visitor:
    """Someone before a page. `headers` go with every request; `csrf_token` is that of the last form seen."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.headers: dict[str, str] = {}
        self.csrf_token = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._read(self.client.get(path, **{"headers": self.headers, **options}))

    def post(self, path: str, /, **fields: Any) -> TestResponse:
        """Send a form with `fields`."""
        data = {"csrf_token": self.csrf_token, **fields}
        return self._read(self.client.post(path, data=data, headers=self.headers))

    def try_password(self, email: str, password: str = cast.PASSWORD, then: str = "") -> TestResponse:
        """Fill in the sign-in form."""
        address = f"/sign-in?next={then}" if then else "/sign-in"
        self.get(address)
        return self.post(address, email=email, password=password)

    def sign_in(self, person: Person) -> Self:
        """Sign `person` in and look at a page, as everyone does."""
        assert self.try_password(person.email).status_code == 303
        self.get("/profile")
        return self

    def form_id(self) -> str:
        """Open the form for a new key and return its id."""
        return field_in(self.get(f"{LIST}/new"), "form_id")

    def generate(self, name: str = "ci", **fields: Any) -> TestResponse:
        """Make a key by the form; a field that is None is not sent."""
        return self.send_form(f"{LIST}/new", LIST, name=name, **fields)

    def send_form(self, page: str, action: str, **fields: Any) -> TestResponse:
        """Open the page of a form and send it to `action` as it is shown, but for `fields`."""
        return self.send_form_to(page, action, action, **fields)

    def send_form_to(self, page: str, action: str, address: str, **fields: Any) -> TestResponse:
        """Do the same, by a button that sends the form to another address."""
        sent = fields_of(self.get(page).text, action) | fields
        return self.post(address, **{name: value for name, value in sent.items() if value is not None})

    def _read(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype == "text/html":
            self.csrf_token = field_in(answer, "csrf_token") or self.csrf_token
        return answer


def field_in(answer: TestResponse, name: str) -> str:
    """Return the value of the hidden field `name`, or nothing when the answer has none."""
    tags = re.findall(r"<input[^>]*>", answer.text)
    values = [re.search(r'value="([^"]*)"', tag) for tag in tags if f'name="{name}"' in tag]
    return values[0][1] if values and values[0] else ""


def token_in(answer: TestResponse) -> str:
    """Return the token that the answer shows, as a person would copy it."""
    found = PATTERN.search(re.sub(r"<[^>]+>", "", answer.text))
    assert found, "no token is shown"
    return found.group()
