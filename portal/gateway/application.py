"""The verification lane as a WSGI application, for granian (`script/server`) or any other WSGI server."""

from portal.config import load_settings
from portal.gateway.lane import open_lane

application = open_lane(load_settings())
