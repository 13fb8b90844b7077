"""What watches the portal asks: `/healthz`, `/readyz` and `/metrics`."""

import hmac
import logging
import tomllib
from typing import TYPE_CHECKING

from portal.config import ROOT, Settings
from portal.data_folder import DataFolder
from portal.gateway import problem
from portal.gateway.problem import Answer
from portal.metrics.book import Shelf, open_mine, write_mine
from portal.metrics.catalogue import BUILD
from portal.metrics.counts import SOURCES, Labels
from portal.readiness import READY, Readiness, newest_schema
from portal.verification.carriers import bearer_token

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

log = logging.getLogger(__name__)

ROUTES = {"/healthz": "GET, HEAD", "/readyz": "GET, HEAD", "/metrics": "GET, HEAD"}

_PLAIN = "text/plain; charset=utf-8"
_AGAIN = (("Retry-After", problem.RETRY_SECONDS),)
WRONG_TOKEN = problem.problem(
    401, "metrics-token-needed", "Metrics token needed",
    "Send this portal's metrics token, not an API key, as Authorization: Bearer.",
    (("WWW-Authenticate", 'Bearer realm="metrics token"'),),
)  # fmt: skip
UNREADABLE = problem.problem(
    503, "metrics-unavailable", "Try again", "The numbers cannot be read just now. Try again in a moment.", _AGAIN
)


def keep_book(settings: Settings, part: str) -> None:
    """Let this process, which serves `part` of the portal, write its numbers down for whoever reads `/metrics`."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    build: dict[Labels, int] = {(str(version), newest_schema()): 1}
    SOURCES[BUILD] = lambda: build
    open_mine(settings.data_dir, part)


class Watch:
    """Answers for one installation. None of it touches what a verification needs."""

    def __init__(self, settings: Settings) -> None:
        folder = DataFolder(settings.data_dir)
        own = settings.metrics_token and settings.metrics_token.get_secret_value()
        self._token = (own or folder.metrics_token()).encode()
        self._shelf = Shelf(folder.path)
        self._readiness = Readiness(settings)
        self.routes = {"/healthz": self.healthz, "/readyz": self.readyz, "/metrics": self.metrics}

    def healthz(self, _environ: "WSGIEnvironment") -> Answer:
        """Say that the process lives; nothing is asked for that."""
        return problem.HEALTHY

    def readyz(self, _environ: "WSGIEnvironment") -> Answer:
        """Say whether the process can answer truthfully, or in one word why not."""
        word = self._readiness.word()
        return problem.answer(200 if word == READY else 503, _PLAIN, word.encode(), () if word == READY else _AGAIN)

    def metrics(self, environ: "WSGIEnvironment") -> Answer:
        """Tell Prometheus the numbers of all processes of the data folder; strangers nothing."""
        sent = bearer_token(environ)
        if sent is None or not hmac.compare_digest(sent.encode("utf-8", "replace"), self._token):
            return WRONG_TOKEN
        from portal.metrics.reading import CONTENT_TYPE, exposition  # noqa: PLC0415  # 2 MB that only who is asked needs

        write_mine()
        try:
            return problem.answer(200, CONTENT_TYPE, exposition(self._shelf))
        except OSError as error:
            log.error("Metrics cannot be read: %s.", error.strerror)  # noqa: TRY400  # the message says all there is
            return UNREADABLE
