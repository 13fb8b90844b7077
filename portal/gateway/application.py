"""The verification lane as a WSGI application, for granian (`script/server`) or any other WSGI server."""

from portal import logs
from portal.config import load_settings
from portal.gateway.lane import open_lane
from portal.gateway.one_at_work import OneAtWork
from portal.gateway.watch import keep_book

settings = load_settings()
logs.take_over(settings.log_format, settings.log_level)
application = OneAtWork(open_lane(settings))
keep_book(settings, "lane")
