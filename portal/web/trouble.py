"""What an error is called and what people are told of it, for every HTTP status."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.http import HTTP_STATUS_CODES

from portal.web.request_log import request_id

_CHECK = _l("Go back, check what you entered and try again.")
_OURS = _l("It is our fault, not yours, and it has been written down. Nothing was half done.")
_SAID = {
    400: (_l("That request could not be read"), _CHECK),
    401: (_l("You are not signed in"), _l("Sign in and try again.")),
    403: (_l("You may not do this"), _l("Your account does not allow it.")),
    404: (
        _l("There is nothing here"),
        _l("The address may be mistyped, or what it named is gone or not yours to see."),
    ),
    405: (
        _l("This address does something else"),
        _l("It cannot be opened in this way. Go back and use the buttons of the page."),
    ),
    409: (
        _l("Something else came first"),
        _l("Nothing was changed. Open the page again and look before you repeat it."),
    ),
    413: (_l("That is too much at once"), _l("A request may hold at most 64 kB. Nothing was changed.")),
    415: (
        _l("The body is of another kind"),
        _l("Say in Content-Type what it is: application/json for the API, what a form sends for a page."),
    ),
    422: (
        _l("That form could not be taken"),
        _l("It held something that does not belong there. Nothing was changed: open the page again and repeat it."),
    ),
    429: (_l("That was too often"), _l("Wait a little, then try again.")),
    500: (_l("Something went wrong here"), _OURS),
    503: (
        _l("The portal is busy"),
        _l(
            "Too much came at once, or its database did not answer in time. Nothing was changed; try again in a moment."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong: for machines a status and a slug, for people a title and a sentence."""

    status: int
    slug: str
    title: str
    sentence: str

    @property
    def quotable(self) -> str | None:
        """The id to quote when asking for help; None where the answer must say nothing of the request."""
        return None if self.status == HTTPStatus.NOT_FOUND else request_id()


def trouble(status: int, slug: str | None = None) -> Trouble:
    """Return what to say of an HTTP status; `slug` is the name of the status when nothing names it better."""
    name = HTTP_STATUS_CODES.get(status, "Error")
    title, sentence = _SAID.get(status) or _unusual(status, name)
    return Trouble(status, slug or name.lower().replace(" ", "-"), str(title), str(sentence))


def _unusual(status: int, name: str) -> tuple[Any, Any]:
    return name, _OURS if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _CHECK
