"""The config files that a key can be downloaded as. A new format is one entry here, and one sentence in `_files.html`.

Each format quotes every value in its own way before it is put into the text, so no name or address can break out of its
place. In the texts, `${endpoint}` has no trailing slash, `${root}` has one, `${host}` is the host without a port;
`${note}` is a remark of the portal's, as the format writes remarks, or nothing.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from string import Template


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of config file: what it is called, how its values and a remark are quoted, and its text.

    A format without `note` cannot say that its key is missing, so it is given with a real key only. `about` says where
    the file goes, for a format that the pages have no sentence for.
    """

    slug: str
    file_name: str
    media_type: str
    quote: Callable[[str], str]
    note: Callable[[str], str] | None
    text: Template
    is_common: bool = False
    about: str = ""


VARIABLES = ("token", "endpoint", "root", "host", "public_id", "name", "expires", "note")


def quote_json(value: str) -> str:
    """Return a JSON string, in ASCII. YAML takes it as well, and so do TOML and curl, of ASCII text."""
    return json.dumps(value)


def quote_shell(value: str) -> str:
    """Return a value in single quotes, as a POSIX shell and the dotenv readers take it; line breaks become blanks."""
    return "'" + " ".join(value.split()).replace("\\", "").replace("'", "") + "'"


def quote_word(value: str) -> str:
    """Return a value without the blanks and signs that mean something to readers of netrc and ini files."""
    return "".join(character for character in value if character.isprintable() and character not in " \"'#\\%;")


def note_hash(text: str) -> str:
    """Return a line that begins with a hash sign."""
    return f"# {' '.join(text.split())}\n"


def note_json(text: str) -> str:
    """Return a member of a JSON object that its readers pass over."""
    return f'"comment":{json.dumps(text)},'


# How a format that an admin adds may quote its values.
QUOTES: dict[str, Callable[[str], str]] = {"json": quote_json, "shell": quote_shell, "word": quote_word}

FORMATS = {
    entry.slug: entry
    for entry in (
        # One line: the R client reads no more. `cacheDir` is what the original's clients expect to find.
        Format(
            "alveo", "alveo.config", "application/json", quote_json, note_json,
            Template('{${note}"base_url":${root},"apiKey":${token},"cacheDir":"wrassp_cache"}\n'), is_common=True,
        ),
        Format(
            "netrc", ".netrc", "text/plain", quote_word, note_hash,
            Template("${note}machine ${host}\nlogin apikey\npassword ${token}\n"), is_common=True,
        ),
        Format(
            "env", ".env", "text/plain", quote_shell, note_hash,
            Template("${note}PORTAL_API_ENDPOINT=${endpoint}\nPORTAL_API_KEY=${token}\n"), is_common=True,
        ),
        Format(
            "json", "credentials.json", "application/json", quote_json, note_json,
            Template(
                '{${note}\n  "endpoint": ${endpoint},\n  "key": ${token},\n  "public_id": ${public_id},\n'
                '  "name": ${name},\n  "expires": ${expires}\n}\n'
            ),
            is_common=True,
        ),
        # All four must be there, or the command-line client stops.
        Format(
            "algorithmia", "config", "application/toml", quote_json, note_hash,
            Template(
                '${note}[profiles.default]\napi_key = ${token}\napi_server = ${endpoint}\n'
                'ca_cert = ""\nbearer_token = ""\n'
            ),
        ),
        Format(
            "curl", "portal.curlrc", "text/plain", quote_json, note_hash,
            Template("${note}oauth2-bearer = ${token}\n"),
        ),
        Format(
            "ini", "credentials.ini", "text/plain", quote_word, note_hash,
            Template("${note}[default]\nendpoint = ${endpoint}\napi_key = ${token}\n"),
        ),
        Format(
            "kubernetes", "api-key-secret.yaml", "application/yaml", quote_json, note_hash,
            Template(
                "${note}apiVersion: v1\nkind: Secret\nmetadata:\n  name: portal-api-key\n  annotations:\n"
                "    public-id: ${public_id}\ntype: Opaque\nstringData:\n"
                "  PORTAL_API_ENDPOINT: ${endpoint}\n  PORTAL_API_KEY: ${token}\n"
            ),
        ),
        Format("systemd", "portal-api-key", "text/plain", quote_word, None, Template("${token}")),
    )
}  # fmt: skip
