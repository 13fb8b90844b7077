"""Protects the views of a Flask app, this portal's or any other.

app = Flask(__name__)
protect(app)

@app.get("/whoami")
@require_key
def whoami():
    return {"email": g.key.user}
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, overload

from flask import Flask, Response, current_app, g, request

from portal.config import Network, Settings, load_settings
from portal.errors import Unavailable
from portal.gateway import wire
from portal.gateway.opening import open_verifier
from portal.gateway.problem import UNAVAILABLE, Answer
from portal.verification.carriers import carried_key
from portal.verification.facts import Allowed, KeyRow
from portal.verification.verifier import Verifier

Arguments = ParamSpec("Arguments")
View = Callable[Arguments, Any]

_EXTENSION = "portal_guard"


class CallerKey(NamedTuple):
    """The key that the request was let in with: its public id, name and kind, and the e-mail of its owner."""

    id: str
    name: str
    kind: str
    user: str


class _Guard(NamedTuple):
    verifier: Verifier
    trusted: tuple[Network, ...]


def protect(app: Flask, verifier: Verifier | None = None, settings: Settings | None = None) -> None:
    """Let `require_key` guard the views of `app`; what is not given is made from the environment's settings.

    Raises:
        CannotStart: the settings or the data folder they name do not fit; the message is one line.

    """
    settings = settings or load_settings()
    app.extensions[_EXTENSION] = _Guard(verifier or open_verifier(settings), settings.trusted_proxies)


@overload
def require_key(view: View[Arguments], /) -> View[Arguments]: ...
@overload
def require_key() -> Callable[[View[Arguments]], View[Arguments]]: ...


def require_key(view: View[Arguments] | None = None, /) -> Any:
    """Let a request reach `view` only with a good key, as `g.key`. Works bare and called, `@require_key()`."""
    return _guarded if view is None else _guarded(view)


def _guarded(view: View[Arguments]) -> View[Arguments]:
    @wraps(view)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Any:
        refusal = _refusal(request.environ)
        return view(*args, **kwargs) if refusal is None else as_response(refusal)

    return guarded


def as_response(answer: Answer) -> Response:
    """Return an answer of the wire as Flask's response."""
    return Response(answer.body, answer.code, list(answer.headers))


def _refusal(environ: Mapping[str, Any]) -> Answer | None:
    guard: _Guard = current_app.extensions[_EXTENSION]
    try:
        verdict = guard.verifier.verify(carried_key(environ), wire.facts_of(environ, guard.trusted))
    except Unavailable as error:
        current_app.logger.error("A key could not be verified: %s", error)  # noqa: TRY400
        return UNAVAILABLE
    if isinstance(verdict, Allowed):
        g.key = _caller(verdict.key)
        return None
    return wire.refusal_answer(verdict, environ)


def _caller(key: KeyRow) -> CallerKey:
    return CallerKey(key.public_id, key.name, key.kind, key.user)
