"""What a pages process serves: the verification addresses, the sample API, and the portal itself."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from examples import research_api
from portal import create_app, logs
from portal.config import Settings
from portal.data_folder import DataFolder
from portal.gateway import lane
from portal.gateway.opening import open_verifier
from portal.gateway.watch import keep_book
from portal.server.whole_body import take_in
from portal.worker.tick import Ticker

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SAMPLE = "/sample"


class Pages:
    """Sends a request to the lane where the lane has the address, and to the `rest` where it has not."""

    def __init__(self, verification: "WSGIApplication", rest: "WSGIApplication") -> None:
        self._verification = verification
        self._rest = rest

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if lane.answers(environ["PATH_INFO"]):
            return self._verification(environ, start_response)
        take_in(environ)
        return self._rest(environ, start_response)


def open_pages(settings: Settings) -> Pages:
    """Put together what a pages process serves, and start the chores that one such process of a machine does."""
    app = create_app(settings)
    sample = research_api.create_app(open_verifier(settings), settings)
    Ticker(app, DataFolder(settings.data_dir)).start()
    logs.take_over(settings.log_format, settings.log_level)
    keep_book(settings, "pages")
    return Pages(lane.open_lane(settings), DispatcherMiddleware(app, {SAMPLE: sample}))
