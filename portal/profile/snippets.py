"""Commands for the help page, true for this installation: its address, its host, its keys' prefix."""

import shlex
from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.config import Settings

VARIABLE = "PORTAL_API_KEY"


@dataclass(frozen=True, slots=True)
class Snippets:
    """What to paste, and `picture`, which stands for a public id."""

    picture: str
    terminal: str
    bearer: str
    header: str
    python: str
    netrc: str
    netrc_curl: str


def snippets(settings: Settings) -> Snippets:
    """Return the commands for the API that `settings` name."""
    picture, address = f"{settings.key_prefix}_7Hq2Wd9xKm", example_address(settings)
    target = shlex.quote(address)
    return Snippets(
        picture=picture,
        terminal=f"export {VARIABLE}={picture}_…",
        bearer=f'curl -H "Authorization: Bearer ${VARIABLE}" {target}',
        header=f'curl -H "X-API-Key: ${VARIABLE}" {target}',
        python=_python(address),
        netrc=f"machine {machine(settings)}\nlogin apikey\npassword {picture}_…",
        netrc_curl=f"curl --netrc {target}",
    )


def example_address(settings: Settings) -> str:
    """Return an address to call: the sample API's *whoami*, or the endpoint where another API is served."""
    return settings.endpoint_url if settings.api_endpoint else f"{settings.endpoint_url}/whoami"


def machine(settings: Settings) -> str:
    """Return the API's host as `.netrc` names it, without a port."""
    return urlsplit(settings.endpoint_url).hostname or ""


def _python(address: str) -> str:
    return f"""\
import os
import requests

answer = requests.get(
    "{address}",
    headers={{"Authorization": f"Bearer {{os.environ['{VARIABLE}']}}"}},
)
print(answer.status_code, answer.text)"""
