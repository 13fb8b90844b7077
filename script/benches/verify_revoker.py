"""Revokes the key of each token that comes in on a line, as a page does, and says when that was answered."""

import sys
import time

from portal.audit.events import SHELL
from portal.config import load_settings
from portal.data_folder import DataFolder
from portal.database import bound_app
from portal.keys import finder, lifecycle
from portal.keys.token import Token
from portal.web.unit_of_work import writing


def main() -> None:
    settings = load_settings()
    with bound_app(DataFolder(settings.data_dir), settings.postgres_address).app_context():
        print("ready", flush=True)
        for line in sys.stdin:
            with writing() as session:
                public_id = Token.parse(line.strip()).public_id
                assert lifecycle.revoke(session, SHELL, finder.by_public_id(session, public_id))
            print(repr(time.monotonic()), flush=True)


if __name__ == "__main__":
    main()
