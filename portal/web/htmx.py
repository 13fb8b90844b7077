"""HTMX as the doors see it: what a request says, and answers that fit both HTMX and a plain browser.

HX-* headers choose the form of an answer and nothing else; a client can send what it likes. The server names the
fragment, never the client.
"""

import json
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request

from portal.web.paths import split


def is_partial() -> bool:
    """Return whether HTMX will put the answer into a part of its page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") == "partial"


def page_path() -> str:
    """Return path and query of the page that HTMX sent the request from; empty when it does not say."""
    parts = split(request.headers.get("HX-Current-URL"))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def fragment_or_page(
    fragment: str,
    page: str,
    *,
    companions: tuple[str, ...] = (),
    status: int = 200,
    say: str | None = None,
    **context: Any,
) -> Response:
    """Answer with `fragment` and its `companions` inside HTMX, and with the whole `page` otherwise."""
    if is_partial():
        return fragments(fragment, *companions, status=status, say=say, **context)
    if say is not None:
        flash(say)
    return _vary(make_response(render_template(page, **context), status))


def fragments(*names: str, status: int = 200, say: str | None = None, **context: Any) -> Response:
    """Answer with fragments: the first takes the target's place, the others find theirs by id (out of band)."""
    first, *others = names
    parts = [render_template(first, oob=False, **context)]
    parts += [render_template(name, oob=True, **context) for name in others]
    answer = make_response("\n".join(parts), status)
    if say is not None:
        answer.headers["HX-Trigger"] = json.dumps({"portal:announce": say})
    return _vary(answer)


def retarget(answer: Response, target: str, swap: str) -> Response:
    """Put an answer of HTMX elsewhere than the request asked for: a refusal, where its form is."""
    answer.headers.update({"HX-Retarget": target, "HX-Reswap": swap})
    return answer


def go(url: str, say: str | None = None) -> Response:
    """Send the browser to the page at `url`, where `say` is shown."""
    if say is not None:
        flash(say)
    if is_partial():
        return _vary(Response(status=200, headers={"HX-Redirect": url}))
    answer = redirect(url, 303)
    return _vary(make_response(answer))


def _vary(answer: Response) -> Response:
    answer.vary.update(["HX-Request", "HX-Request-Type"])
    return answer
