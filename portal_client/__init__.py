"""Lets requests into a WSGI or ASGI app when the API credentials portal says that their key is good.

from portal_client.wsgi import PortalMiddleware   # Flask, Django, …
from portal_client.asgi import PortalMiddleware   # FastAPI, Starlette, …
"""

from portal_client.question import Needs
from portal_client.verdict import CallerKey

__all__ = ["CallerKey", "Needs"]
