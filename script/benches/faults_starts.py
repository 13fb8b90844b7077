"""Eight processes that start at the same moment on an empty database."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from portal.config import ROOT, Settings
from portal.data_folder import DataFolder
from portal.database import bound_app
from portal.extensions import db
from script.benches.faults_portal import free_ports
from script.benches.faults_table import Row, told_of
from script.benches.verify_servers import clean
from script.benches.verify_stores import PREPARE

STARTS = 8
_COUNTS = {
    "admins": "SELECT count(*) FROM person WHERE is_admin",
    "people": "SELECT count(*) FROM person",
    "entries of a new person": "SELECT count(*) FROM audit WHERE event = 'person:created'",
    "peppers": "SELECT count(*) FROM pepper",
    "schemas": "SELECT count(*) FROM alembic_version",
}


def measure(place: Path, name: str, settings: dict[str, str]) -> list[Row]:
    """Start them once, and count what they have made."""
    folder = place / "data"
    environment = clean() | {"PYTHONPATH": str(ROOT), "PORTAL_DATA_DIR": str(folder)} | settings
    starts = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-c", PREPARE], env=environment | {"PORT": str(port)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for port in free_ports(STARTS)
    ]  # fmt: skip
    said = [start.communicate(timeout=120)[0] for start in starts]
    wrong = [
        " ".join(line.split())
        for start, line in zip(starts, said, strict=True)
        if start.returncode or "Traceback" in line
    ]
    made = sum("The first admin is" in line for line in said)
    counted = _counted(folder, settings)
    measured = f"{told_of(wrong)} failed, {made} said that the first admin was made, " + _told(counted)
    is_well = not wrong and made == 1 and set(counted.values()) == {1}
    return [Row(f"{STARTS} starts at once on an empty database, {name}", STARTS, measured, "0, and 1 of each", is_well)]


def _counted(folder: Path, settings: dict[str, str]) -> dict[str, int]:
    address = Settings(PORTAL_DATABASE_URL=settings.get("PORTAL_DATABASE_URL")).postgres_address  # type: ignore[call-arg]
    with bound_app(DataFolder(folder), address).app_context():
        with db.engine.connect() as connection:
            counted = {what: connection.scalar(text(count)) or 0 for what, count in _COUNTS.items()}
        db.engine.dispose()
    return counted


def _told(counted: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counted.items())
