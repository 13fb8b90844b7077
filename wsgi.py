"""The pages as a WSGI application, for granian (`script/server`) or any other WSGI server."""

from portal.config import load_settings
from portal.server.pages import open_pages

application = open_pages(load_settings())
