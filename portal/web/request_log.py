"""One line for each request, and an id in it by which a person can quote the request."""

import time

import structlog
from flask import Flask, Response, g, request

from portal import logs
from portal import request_id as ids
from portal.web import meters
from portal.web.portal import portal

_log = structlog.stdlib.get_logger("portal.request")


def init_app(app: Flask) -> None:
    """Write a line for each answer, and count it."""
    settings = app.extensions["portal"].settings
    logs.set_up(settings.log_format, settings.log_level)
    app.before_request(_start)
    app.after_request(_finish)
    app.teardown_request(_end)


def request_id() -> str:
    """Return the id of the current request, made on first use, or taken from a proxy that is trusted."""
    if "request_id" not in g:
        g.request_id = ids.request_id_of(request.environ, portal().settings.trusted_proxies)
    name: str = g.request_id
    return name


def _start() -> None:
    g.started = time.perf_counter()
    ids.CURRENT.set(request_id())


def _finish(answer: Response) -> Response:
    answer.headers["X-Request-Id"] = request_id()
    took = time.perf_counter() - g.get("started", time.perf_counter())
    meters.count(answer, took)
    if request.endpoint != "static":
        _log.info(
            "request", method=request.method, path=request.path, status=answer.status_code,
            milliseconds=round(took * 1000, 1),
        )  # fmt: skip
    return answer


def _end(_error: BaseException | None) -> None:
    ids.CURRENT.set(None)  # the thread goes on to other requests
