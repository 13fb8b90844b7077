"""The verification lane of an installation on PostgreSQL, for granian's asynchronous interface, RSGI."""

from portal import logs
from portal.config import load_settings
from portal.gateway.lane_rsgi import open_rsgi_lane
from portal.gateway.watch import keep_book

settings = load_settings()
logs.take_over(settings.log_format, settings.log_level)
application = open_rsgi_lane(settings)
keep_book(settings, "lane")
