"""The way from one page of the admin door to the others."""

from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _l

from portal.admin import bp

SECTIONS: dict[str, Any] = {
    "overview": _l("Overview"), "keys": _l("Keys"), "users": _l("Users"), "audit": _l("Audit"),
    "access_log": _l("Access log"), "settings": _l("Settings"),
}  # fmt: skip


@bp.context_processor
def sections() -> dict[str, Any]:
    """Give the masthead its second line: address, words, and whether the person is there."""
    return {"sections": [_section(name, words) for name, words in SECTIONS.items()]}


def _section(name: str, words: Any) -> tuple[str, str, bool]:
    url = url_for(f"admin.{name}")
    inside = url != url_for("admin.overview") and request.path.startswith(f"{url}/")
    return url, str(words), inside or request.path == url
