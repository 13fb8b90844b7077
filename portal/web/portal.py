"""The installation that this process serves, for the doors."""

from dataclasses import dataclass

from flask import current_app

from portal.config import Settings
from portal.data_folder import DataFolder
from portal.keys.peppers import Peppers


@dataclass(frozen=True, slots=True)
class Portal:
    """What every door may need: the settings, the data folder and the peppers of this installation."""

    settings: Settings
    folder: DataFolder
    peppers: Peppers


def portal() -> Portal:
    """Return the current app's installation."""
    installation: Portal = current_app.extensions["portal"]
    return installation
