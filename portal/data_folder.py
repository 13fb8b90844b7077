"""The data folder of one installation: the database, and the secrets that must never lie inside it.

Everything is made on first use with mode 0600, in a folder with mode 0700.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from portal.errors import CannotStart
from portal.whole_file import write_new

SECRET_BYTES = 32
_SHORTEST_SECRET = 20  # characters, as for PORTAL_SERVICE_TOKEN
ENGINE_OPTION = "portal_data_folder"  # the execution option by which an engine knows its data folder


@dataclass(frozen=True)
class DataFolder:
    """Names the files of the data folder at `path` and makes the secrets that are not there yet."""

    path: Path

    @property
    def database(self) -> Path:
        """The SQLite database."""
        return self.path / "portal.db"

    @property
    def peppers(self) -> Path:
        """The numbered peppers, as JSON: {"1": "hex"}."""
        return self.path / "secrets" / "peppers.json"

    @property
    def journal(self) -> Path:
        """The journal of revocations."""
        return self.path / "revocations.journal"

    @property
    def usage(self) -> Path:
        """The folder of the records of use that wait to be stored."""
        return self.path / "usage"

    @property
    def moved(self) -> Path:
        """The file that says that the installation lives in PostgreSQL now, and not in the database here."""
        return self.path / "moved-to-postgresql"

    def check_not_moved(self) -> None:
        """Keep the database here from being served by accident after it was moved.

        Raises:
            CannotStart: it was moved.

        """
        if self.moved.exists():
            raise CannotStart(
                "This installation was moved to PostgreSQL: set PORTAL_DATABASE_URL. "
                f"To go back to the database as it was before, remove {self.moved}."
            )

    def copies(self) -> Path:
        """Return the folder for databases as they were before a migration or a restore, made on first use."""
        path = self.path / "copies"
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
        return path

    def prepare(self) -> None:
        """Make the folder and its secrets; does nothing where they exist.

        Raises:
            CannotStart: the folder cannot be made or written, or a secret in it is none.

        """
        try:
            (self.path / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
            self.session_key()
            self.service_token()
            self.metrics_token()
            if not self.peppers.exists():
                write_new(self.peppers, json.dumps({"1": secrets.token_hex(SECRET_BYTES)}).encode())
        except OSError as error:
            raise CannotStart(f"The data folder {self.path} cannot be written: {error.strerror}.") from error

    def session_key(self) -> str:
        """Return the key that signs cookies, made on first use."""
        return _read_or_make(self.path / "secrets" / "session_key")

    def service_token(self) -> str:
        """Return the token by which a protected API may call the portal, made on first use."""
        return _read_or_make(self.path / "secrets" / "service_token")

    def metrics_token(self) -> str:
        """Return the token by which Prometheus may read `/metrics`, made on first use."""
        return _read_or_make(self.path / "secrets" / "metrics_token")

    def read_peppers(self) -> dict[int, bytes]:
        """Return the peppers by number; the highest number is the current one.

        Raises:
            CannotStart: the file is missing or is not what this portal wrote.

        """
        return read_peppers(self.peppers)


def read_peppers(path: Path) -> dict[int, bytes]:
    """Return the peppers in the file at `path`; raises as `DataFolder.read_peppers`."""
    try:
        numbered = {int(number): bytes.fromhex(value) for number, value in json.loads(path.read_text()).items()}
    except FileNotFoundError:
        raise CannotStart(f"The pepper file {path} is missing; without it no key can be verified.") from None
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise CannotStart(f"The pepper file {path} cannot be read: {error}.") from error
    if not numbered or any(len(pepper) < SECRET_BYTES for pepper in numbered.values()):
        raise CannotStart(f"The pepper file {path} is damaged: a pepper has at least {SECRET_BYTES} bytes.")
    return numbered


def _read_or_make(path: Path) -> str:
    if not path.exists():
        write_new(path, secrets.token_urlsafe(SECRET_BYTES).encode())  # another process may be first: its secret holds
    secret = path.read_text(errors="replace").strip()
    if len(secret) < _SHORTEST_SECRET:
        raise CannotStart(
            f"{path} is damaged: a secret has at least {_SHORTEST_SECRET} characters. "
            "Put the right one back, or remove the file and a new one is made."
        )
    return secret
