"""The log of a process: one format for every logger, also those of libraries, and no secret in any line."""

import logging
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from portal.config import LogFormat, LogLevel
from portal.redaction import harmless, one_line, redact, redact_all
from portal.request_id import CURRENT

_LONG = ("exception", "stack")  # several lines, which are set in by a bar: none of them looks like a log line
_OURS = ("portal", "_granian", "granian")
_log = logging.getLogger("portal.process")


def set_up(log_format: LogFormat, level: LogLevel) -> None:
    """Send what every logger of this process says through one formatter to standard error.

    Libraries are heard from WARNING on, whatever is asked of the portal itself.
    """
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _Handler)] + [_Handler(log_format)]
    root.setLevel(max(number, logging.WARNING))
    logging.getLogger("portal").setLevel(number)


def take_over(log_format: LogFormat, level: LogLevel) -> None:
    """Set up the log of a process that is the portal's alone: nothing in it may write past the formatter."""
    set_up(log_format, level)
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.captureWarnings(capture=True)
    sys.excepthook = _unforeseen
    threading.excepthook = lambda seen: _unforeseen(seen.exc_type, seen.exc_value, seen.exc_traceback)


class _Handler(logging.StreamHandler[Any]):
    def __init__(self, log_format: LogFormat) -> None:
        super().__init__()
        render = _as_json if log_format is LogFormat.JSON else _as_text
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=_SHARED,
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _without_secrets, render],
            )
        )

    @property
    def stream(self) -> Any:
        """Where standard error is now."""
        return sys.stderr

    @stream.setter
    def stream(self, _stream: Any) -> None: ...

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Say that a line is lost; logging itself would print what it was made of."""
        with suppress(OSError):  # the disk is full that the log lies on: no request may fail by that
            sys.stderr.write(f"A log line of {one_line(record.name)} could not be written.\n")


def _add_request_id(_logger: Any, _name: str, event: EventDict) -> EventDict:
    request_id = CURRENT.get()
    if request_id is not None:
        event["request_id"] = request_id
    return event


def _without_secrets(_logger: Any, _name: str, event: EventDict) -> EventDict:
    return dict(redact_all(event))


def _as_json(logger: Any, name: str, event: EventDict) -> str:
    return redact(str(structlog.processors.JSONRenderer()(logger, name, event)))


def _as_text(_logger: Any, _name: str, event: EventDict) -> str:
    head = f"{event.pop('timestamp')} {event.pop('level'):7} {event.pop('logger')}: {one_line(str(event.pop('event')))}"
    tails = [str(event.pop(name)) for name in _LONG if name in event]
    fields = [f"{one_line(str(name))}={_quoted(value)}" for name, value in event.items()]
    set_in = [f"  | {harmless(line)}" for tail in tails for line in tail.split("\n")]
    return redact("\n".join([" ".join([head, *fields]), *set_in]))


def _quoted(value: Any) -> str:
    text = one_line(str(value))
    return f'"{text}"' if not text or " " in text or '"' in text else text


def _unforeseen(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    _log.error("A fault that nobody foresaw.", exc_info=(kind, error or kind(), trace))


_SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    _add_request_id,
]
