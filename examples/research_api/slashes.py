"""Takes an address with one slash too many for the one that is meant, without a redirect that would carry the key.

A base address that ends in a slash makes clients ask for `//version`. Only the addresses of a family are mended:
`//whoami` is nobody's habit, and is not there.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from examples.research_api.families import family_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SLASHES = re.compile("/{2,}")


class SingleSlashes:
    """Hands each request on to `app`, with the address that is meant."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if "//" in path:
            environ["PATH_INFO"] = meant(path)
        return self._app(environ, start_response)


def meant(path: str) -> str:
    """Return the address that is meant by `path`."""
    single = _SLASHES.sub("/", path)
    family = family_of(single)
    if family is None:
        return path
    return f"/{path.lstrip('/')}" if family.has_empty_parts else single
