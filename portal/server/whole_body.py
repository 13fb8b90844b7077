"""The body of a request is there as a whole before anything is done with the request.

The server reads it while the application waits. A sender who stops halfway holds a thread by that, and must not hold a
connection to the database too.
"""

from io import BytesIO
from typing import TYPE_CHECKING

from portal.web import BODY_LIMIT

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


def take_in(environ: "WSGIEnvironment") -> None:
    """Read the body into memory, as far as it may go; one that is cut or too long is still seen as such."""
    if environ.get("CONTENT_LENGTH"):
        # The server calls any body whole; with this taken back, a cut one is a 400 and nobody acts on half of it.
        environ.pop("wsgi.input_terminated", None)
    environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(BODY_LIMIT + 1))
