"""The config files that a key can be downloaded as. A new format is one entry here.

Each format quotes every value in its own way before it is put into the text, so no name or address can break out of its
place. In the texts, `${endpoint}` has no trailing slash, `${root}` has one, `${host}` is the host without a port.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from string import Template


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of config file: what it is called, how its values are quoted, and its text."""

    slug: str
    file_name: str
    media_type: str
    quote: Callable[[str], str]
    text: Template


def quote_json(value: str) -> str:
    """Return a JSON string, in ASCII."""
    return json.dumps(value)


def quote_shell(value: str) -> str:
    """Return a value in single quotes, as a POSIX shell and the dotenv readers take it; line breaks become blanks."""
    return "'" + " ".join(value.split()).replace("\\", "").replace("'", "") + "'"


def quote_netrc(value: str) -> str:
    """Return a value without the blanks and signs that end a netrc word."""
    return "".join(character for character in value if character.isprintable() and character not in " \"'#\\")


FORMATS = {
    entry.slug: entry
    for entry in (
        # One line: the R client reads no more. `cacheDir` is what the original's clients expect to find.
        Format(
            "alveo", "alveo.config", "application/json", quote_json,
            Template('{"base_url":${root},"apiKey":${token},"cacheDir":"wrassp_cache"}\n'),
        ),
        Format(
            "netrc", ".netrc", "text/plain", quote_netrc,
            Template("machine ${host}\nlogin apikey\npassword ${token}\n"),
        ),
        Format(
            "env", ".env", "text/plain", quote_shell,
            Template("PORTAL_API_ENDPOINT=${endpoint}\nPORTAL_API_KEY=${token}\n"),
        ),
        Format(
            "json", "credentials.json", "application/json", quote_json,
            Template(
                '{\n  "endpoint": ${endpoint},\n  "key": ${token},\n  "public_id": ${public_id},\n'
                '  "name": ${name},\n  "expires": ${expires}\n}\n'
            ),
        ),
    )
}  # fmt: skip
