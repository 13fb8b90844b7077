"""What an admin asks for in a format of their own, and what cannot be taken."""

import re
from dataclasses import dataclass
from string import Template

from portal.downloads.formats import FORMATS, QUOTES, VARIABLES

FORMAT_TEXT_LIMIT, ABOUT_LIMIT = 8192, 200
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_FILE_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class WantedFormat:
    """Its slug in addresses, the name of its file, what people read of it, how values are quoted, and its text."""

    slug: str
    file_name: str
    about: str
    quoting: str
    text: str


def fault_of(wanted: WantedFormat) -> tuple[str, str] | None:
    """Return why the format cannot be taken, as a slug and the text at fault; None when it can."""
    if not _SLUG.fullmatch(wanted.slug) or wanted.slug in FORMATS:
        return "format-slug", wanted.slug
    if not _FILE_NAME.fullmatch(wanted.file_name):
        return "format-file-name", wanted.file_name
    if len(wanted.about) > ABOUT_LIMIT or not wanted.about.isprintable():
        return "format-about", wanted.about
    if wanted.quoting not in QUOTES:
        return "format-quoting", wanted.quoting
    return _fault_of_text(wanted.text)


def _fault_of_text(text: str) -> tuple[str, str] | None:
    template = Template(text)
    if not text.strip() or len(text) > FORMAT_TEXT_LIMIT or "\0" in text:
        return "format-text", ""
    if not template.is_valid():
        return "format-dollar", ""
    unknown = [name for name in template.get_identifiers() if name not in VARIABLES]
    return ("format-variable", unknown[0]) if unknown else None
