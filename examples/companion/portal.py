"""The two calls of a companion: to the portal for a key, and to the API with it. Standard library only."""

import base64
import json
import urllib.error
import urllib.request
from typing import Any, NamedTuple

SECONDS = 10


class NotGranted(Exception):
    """The portal gave no key; the text says why."""


class Portal(NamedTuple):
    """A portal in which this app is connected as `app`."""

    address: str
    app: str
    secret: str

    @property
    def page(self) -> str:
        """The page on which a person opens this app."""
        return f"{self.address}/profile/apps/{self.app}"

    def exchange(self, code: str, redirect: str) -> dict[str, Any]:
        """Return the key for a one-time code, with whose it is.

        Raises:
            NotGranted: the portal does not take the code, or does not answer.

        """
        basic = base64.b64encode(f"{self.app}:{self.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        body = json.dumps({"code": code, "redirect": redirect}).encode()
        asked = urllib.request.Request(f"{self.address}/api/v1/apps/exchange", body, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
                granted: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            raise NotGranted(json.load(error)["detail"]) from error
        except OSError as error:
            raise NotGranted("The portal does not answer.") from error
        return granted


class Tides(NamedTuple):
    """What the API answered: rows, or why there are none."""

    rows: list[dict[str, Any]]
    refused: str | None

    @classmethod
    def read(cls, endpoint: str, key: str) -> "Tides":
        """Ask the API with a key."""
        headers = {"Authorization": f"Bearer {key}"}
        asked = urllib.request.Request(f"{endpoint}/v1/collection/harbour/tides", headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
                return cls(json.load(answer)["rows"], None)
        except urllib.error.HTTPError as error:
            return cls([], json.load(error)["detail"])
        except OSError:
            return cls([], "The API does not answer.")
