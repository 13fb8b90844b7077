"""Protects the views of a Flask app, this portal's or any other.

app = Flask(__name__)
protect(app)

@app.post("/v1/algo/<owner>/<name>")
@require_key(resource="algo://{owner}/{name}")
def run(owner, name):
    return {"caller": g.key.user}
"""

from collections.abc import Callable, Mapping
from functools import wraps
from time import perf_counter
from typing import Any, Literal, NamedTuple, ParamSpec, overload

from flask import Flask, Response, after_this_request, current_app, g, request

from portal.client_ip import Proxies
from portal.config import Settings, load_settings
from portal.errors import Unavailable
from portal.gateway import cors, meters, wire
from portal.gateway.limit_headers import limit_headers
from portal.gateway.opening import open_verifier
from portal.gateway.problem import UNAVAILABLE, Answer, Headers
from portal.policy.facts import Access, Facts
from portal.quick_tuple import quickly
from portal.verification.carriers import carried_key
from portal.verification.verdict import Allowed, KeyRow, Refused, Verdict
from portal.verification.verifier import Verifier

Arguments = ParamSpec("Arguments")
View = Callable[Arguments, Any]

NEEDS = "__portal_needs__"
_EXTENSION = "portal_guard"


class CallerKey(NamedTuple):
    """The key that the request was let in with: its public id, name and kind, and the e-mail of its owner.

    `user_id` names the account for good; an e-mail may be another account's one day.
    """

    id: str
    name: str
    kind: str
    user: str
    user_id: int


_caller_key = quickly(CallerKey)


class Needs(NamedTuple):
    """What a view says that its requests need of a key; `resource` may name the view's arguments in braces."""

    resource: str | None = None
    access: Access | None = None
    any_key: bool = False


class _Guard(NamedTuple):
    verifier: Verifier
    trusted: Proxies
    cross_origin: bool


def protect(
    app: Flask, verifier: Verifier | None = None, settings: Settings | None = None, *, cross_origin: bool = False
) -> None:
    """Let `require_key` guard the views of `app`; what is not given is made from the environment's settings.

    `cross_origin` lets the pages of a key's hosts read the answers, as CORS has it.

    Raises:
        CannotStart: the settings or the data folder they name do not fit; the message is one line.

    """
    settings = settings or load_settings()
    verifier, trusted = verifier or open_verifier(settings), Proxies(settings.trusted_proxies)
    app.extensions[_EXTENSION] = _Guard(verifier, trusted, cross_origin)
    if cross_origin:
        app.before_request(cors.answer_preflight)
        app.after_request(cors.open_to_page)


def verdict_on(token: str, facts: Facts) -> Verdict:
    """Return the verdict on a request with `facts` that carries `token`. It is counted and recorded as any other.

    Raises:
        Unavailable: the database did not answer.

    """
    guard: _Guard = current_app.extensions[_EXTENSION]
    return guard.verifier.verify(token, facts)


@overload
def require_key(view: View[Arguments], /) -> View[Arguments]: ...
@overload
def require_key(
    *, resource: str | None = None, access: Literal["read", "write"] | None = None, any_key: bool = False
) -> Callable[[View[Arguments]], View[Arguments]]: ...


def require_key(
    view: View[Arguments] | None = None,
    /,
    *,
    resource: str | None = None,
    access: str | None = None,
    any_key: bool = False,
) -> Any:
    """Let a request reach `view` only with a good key, as `g.key`. Works bare and called, `@require_key()`.

    `resource` is the URI that a key's list must open, with the view's arguments in braces; `access` is what the view
    does with the data; `any_key` says that every living key will do. A view that says none of them is closed to keys
    whose list narrows anything.
    """
    needs = Needs(resource, Access(access) if access else None, any_key)
    return _guarded(view, needs) if view is not None else lambda view: _guarded(view, needs)


def _guarded(view: View[Arguments], needs: Needs) -> View[Arguments]:
    @wraps(view)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Any:
        refusal = _refusal(needs)
        return view(*args, **kwargs) if refusal is None else as_response(refusal)

    setattr(guarded, NEEDS, needs)
    return guarded


def as_response(answer: Answer) -> Response:
    """Return an answer of the wire as Flask's response."""
    return Response(answer.body, answer.code, list(answer.headers))


def _refusal(needs: Needs) -> Answer | None:
    began = perf_counter()
    asked, told, app = map(_itself, (request, g, current_app))
    guard: _Guard = app.extensions[_EXTENSION]
    environ = asked.environ
    resource = _filled(needs.resource, asked.view_args or {})
    facts = wire.facts_of(environ, guard.trusted, resource=resource, access=needs.access, any_key=needs.any_key)
    try:
        verdict = guard.verifier.verify(carried_key(environ), facts)
    except Unavailable as error:
        app.logger.error("A key could not be verified: %s", error)  # noqa: TRY400
        meters.fail(meters.GUARD, error, began)
        return UNAVAILABLE
    meters.GUARD.note(verdict.reason if isinstance(verdict, Refused) else None, began)
    if guard.cross_origin:
        cors.note(verdict, facts)
    if isinstance(verdict, Allowed):
        told.key, told.secret_digest = _caller(verdict.key), verdict.key.digest
        if verdict.limits:
            _tell(limit_headers(verdict.limits))
        return None
    return wire.refusal_answer(verdict, environ)


def _itself(proxy: Any) -> Any:
    """Return what a proxy of Flask stands for: each use of the proxy takes a microsecond."""
    return proxy._get_current_object()  # noqa: SLF001  # documented as public


def _tell(headers: Headers) -> None:
    """Add these headers to whatever the view will answer."""

    def add(response: Response) -> Response:
        response.headers.extend(headers)
        return response

    after_this_request(add)


def _filled(resource: str | None, arguments: Mapping[str, Any]) -> str | None:
    return None if resource is None else wire.whole(resource.format_map(arguments))


def _caller(key: KeyRow) -> CallerKey:
    return _caller_key((key.public_id, key.name, key.kind, key.user, key.owner_id))
