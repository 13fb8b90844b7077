"""The snippets of this installation: what address they call, and which key they name."""

from urllib.parse import urlsplit

from flask_babel import gettext as _

from portal.config import Settings
from portal.downloads import snippets as registry
from portal.downloads.snippets import Commands
from portal.keys.models import Key


def commands(settings: Settings) -> Commands:
    """Return the commands of the help page for the API that `settings` name."""
    return registry.commands(settings.key_prefix, example_address(settings), machine(settings))


def programs(settings: Settings, key: Key | None) -> list[tuple[registry.Snippet, str]]:
    """Return each snippet with its program; a comment names the default-key of who reads it, while it lives."""
    remark = _("with the key in %(variable)s: %(name)s, %(public_id)s") if key is not None else ""
    named = {"variable": registry.VARIABLE, "name": key.name, "public_id": key.public_id} if key is not None else {}
    address = example_address(settings)
    return [(snippet, snippet.program(address, remark % named)) for snippet in registry.SNIPPETS.values()]


def example_address(settings: Settings) -> str:
    """Return an address to call: the sample API's *whoami*, or the endpoint where another API is served."""
    return settings.endpoint_url if settings.api_endpoint else f"{settings.endpoint_url}/whoami"


def machine(settings: Settings) -> str:
    """Return the API's host as `.netrc` names it, without a port."""
    return urlsplit(settings.endpoint_url).hostname or ""
