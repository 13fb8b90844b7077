"""Who may call a view. Every view says so with `@may_call`, and a view that does not stops the app from starting."""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.web.htmx import go, is_partial, page_path
from portal.web.paths import safe_next, split

View = TypeVar("View", bound=Callable[..., Any])

_MARK = "_portal_may_call"


class Caller(Enum):
    """The three kinds of caller of a page; programs that call the management API with a key; connected apps."""

    ANYONE = "anyone"
    PERSON = "person"
    ADMIN = "admin"
    KEY = "key"
    APP = "app"


ANYONE, PERSON, ADMIN, KEY, APP = Caller


def may_call(caller: Caller) -> Callable[[View], View]:
    """Declare who may call a view; stands right under the route."""

    def declare(view: View) -> View:
        setattr(view, _MARK, caller)
        return view

    return declare


def declared(app: Flask, endpoint: str) -> Caller | None:
    """Return who may call `endpoint`, or None when it was not said."""
    return getattr(app.view_functions[endpoint], _MARK, None)


def check_every_route(app: Flask) -> None:
    """Stop an app that has a route without a declared caller.

    Raises:
        LookupError: names the routes.

    """
    silent = [str(rule) for rule in app.url_map.iter_rules() if declared(app, rule.endpoint) is None]
    if silent:
        raise LookupError(f"Nobody said who may call {', '.join(sorted(silent))}; use @may_call.")


def init_app(app: Flask) -> None:
    """Enforce the declarations, before anything else looks at the request."""
    if app.has_static_folder:
        may_call(ANYONE)(app.view_functions["static"])
    app.before_request(_enforce)


def _enforce() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    caller = declared(current_app, request.endpoint)
    if caller in {ANYONE, KEY, APP}:  # the door of those views asks for a key or a secret; cookies are not looked at
        return None
    if not current_user.is_authenticated:
        return to_sign_in()
    if caller is ADMIN and not current_user.person.is_admin:
        abort(404)
    return None


def to_sign_in() -> ResponseReturnValue:
    """Send a signed-out caller to the sign-in page, and afterwards back to the page they were on."""
    answer = go(url_for("sign_in.form", next=_page_to_return_to()))
    if is_partial():
        answer.status_code = 401
    return answer


def _page_to_return_to() -> str | None:
    """Return the path of the page; a request that changes something is not repeated, its page is shown again."""
    if is_partial():
        return safe_next(page_path())
    if request.method in {"GET", "HEAD"}:
        return safe_next(request.full_path.rstrip("?"))
    referrer = split(request.referrer)
    return safe_next(referrer.path) if referrer.netloc == request.host else None
