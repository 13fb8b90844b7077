"""One line for each request, and an id in it by which a person can quote the request. No line ever holds a token."""

import logging
import re
import secrets
import sys
import time
from typing import Any, TextIO, cast

import structlog
from flask import Flask, Response, g, request
from flask.logging import wsgi_errors_stream
from structlog.typing import EventDict, Processor

from portal.keys import token

_log = structlog.stdlib.get_logger("portal.request")
_INVITATION = re.compile(r"(/invitations/)[^/\s\"\\]+")
# What steers a terminal (C0 and C1, but for tab and line end) or turns the direction of its text.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def init_app(app: Flask) -> None:
    """Send the app's log lines through the redaction, and write one for each answer."""
    _set_up(app.logger)
    app.before_request(_start)
    app.after_request(_finish)


def request_id() -> str:
    """Return the id of the current request: ten characters, made on first use, never taken from outside."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(5)
    name: str = g.request_id
    return name


def redact(line: str) -> str:
    """Return `line` with every secret struck out: that of a token, whose public id stays, and that of an invitation."""
    line = token.PATTERN.sub(lambda found: found.group().rpartition("_")[0] + "_[secret]", line)
    return _INVITATION.sub(r"\1[secret]", line)


def harmless(line: str) -> str:
    """Return `line` with what steers a terminal spelled out: U+009B becomes a backslash and `x9b`."""
    return _STEERING.sub(lambda found: found.group().encode("unicode_escape").decode(), line)


def _start() -> None:
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id())


def _finish(answer: Response) -> Response:
    answer.headers["X-Request-Id"] = request_id()
    if request.endpoint != "static":
        took = time.perf_counter() - g.get("started", time.perf_counter())
        _log.info(
            "request", method=request.method, path=request.path, status=answer.status_code,
            milliseconds=round(took * 1000, 1),
        )  # fmt: skip
    return answer


def _set_up(logger: logging.Logger) -> None:
    """Let structlog and the standard library write alike: JSON for machines, plain words for a terminal."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(cast("TextIO", wsgi_errors_stream))  # follows sys.stderr
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
        )
    )
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)


def _render(logger: Any, name: str, event: EventDict) -> str:
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=False, sort_keys=False)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    line = redact(str(renderer(logger, name, event)))
    return harmless(line) if sys.stderr.isatty() else line
