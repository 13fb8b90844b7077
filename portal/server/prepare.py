"""What has to hold before anything is served. Each step is quick when there is nothing to do."""

from portal import database
from portal.config import Settings
from portal.data_folder import DataFolder
from portal.extensions import db
from portal.metrics.book import Shelf
from portal.server.first_admin import make_first_admin
from portal.server.ports import check_free, resolve
from portal.server.supervisor import Plan
from portal.server.voice import say


def prepare(settings: Settings) -> Plan:
    """Make ready all that the settings ask for, and return what to serve.

    Raises:
        CannotStart: something does not fit; the message is one line.

    """
    address = resolve(settings.host)
    check_free(address, settings.port, "PORT")
    check_free(address, settings.lane_port, "PORTAL_VERIFY_PORT")
    folder = DataFolder(settings.data_dir.absolute())
    if not folder.peppers.exists():
        say(f"Making the data folder {folder.path} …")
    folder.prepare()
    Shelf(folder.path).clear_unless_counted_on()
    where = settings.postgres_address
    if where is None:
        folder.check_not_moved()
    with database.one_at_a_time(folder, where), database.bound_app(folder, where).app_context():
        database.make_ready(folder, say)
        database.finish_acts(say)
        make_first_admin(settings)
        said = database.about()
        db.engine.dispose()
    say(said)
    banner = _banner(settings, address)
    lane = "wsgi" if where is None else "rsgi"
    return Plan(address, settings.port, settings.lane_port, settings.workers, banner, settings.drain_seconds, lane)


def _banner(settings: Settings, address: str) -> tuple[str, ...]:
    host = f"[{address}]" if ":" in address else address
    return (
        f"{settings.site_name} is ready.",
        f"  Address       {settings.site_url}",
        f"  Sign in       {settings.site_url}/sign-in",
        f"  API endpoint  {settings.endpoint_url}",
        f"  Verification  http://{host}:{settings.lane_port}",
        "Ctrl-C stops it.",
    )
