"""What changed in the rules of a key, in words: one line for each rule, before and after."""

from datetime import datetime
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

RULES: dict[str, Any] = {
    "resources": _l("Resources"), "origin": _l("Caller origin"), "data": _l("Data access"), "networks": _l("Networks"),
    "rate": _l("Rate limit"), "quota": _l("Quota"), "not_before": _l("Not before"), "expires": _l("Expires"),
}  # fmt: skip
LEVELS: dict[str, Any] = {"none": _l("No access"), "read": _l("Read only"), "write": _l("Read & write")}
NOTHING: dict[str, Any] = {
    "resources": _l("none"), "networks": _l("from anywhere"), "rate": _l("no limit"), "quota": _l("no limit"),
    "not_before": _l("at once"), "expires": _l("never"),
}  # fmt: skip


def change_lines(changed: Any) -> list[str]:
    """Return a line for each rule in the body of `key:changed`: "Data access: No access → Read only".

    What somebody wrote there by hand is passed over where it is no change.
    """
    pairs = changed.items() if isinstance(changed, dict) else ()
    changes = [(rule, pair) for rule, pair in pairs if isinstance(pair, list) and len(pair) == 2]  # noqa: PLR2004
    return [f"{_label(rule)}: {_spelled(rule, before)} → {_spelled(rule, after)}" for rule, (before, after) in changes]


def rule_lines(rules: Any) -> list[str]:
    """Return a line for each rule that a key was made with: "Resources: algo://*"."""
    pairs = rules.items() if isinstance(rules, dict) else ()
    return [f"{_label(rule)}: {_spelled(rule, value)}" for rule, value in pairs]


def _label(rule: str) -> str:
    return str(RULES.get(rule, rule))


def _spelled(rule: str, value: Any) -> str:
    try:
        return _rightly_spelled(rule, value)
    except (AttributeError, TypeError, ValueError):  # written by hand
        return str(value)


def _rightly_spelled(rule: str, value: Any) -> str:
    if not value:
        return str(NOTHING.get(rule, "-"))
    if rule == "data":
        return str(LEVELS.get(value, value))
    if rule == "origin":
        return _origin(value)
    if rule in {"not_before", "expires"}:
        return str(format_date(datetime.fromisoformat(value), "d MMM y"))
    return ", ".join(value) if isinstance(value, list) else str(value)


def _origin(value: dict[str, Any]) -> str:
    hosts = value.get("hosts")
    native = [_("native clients")] if value.get("native") else []
    browser = [] if hosts is None else [_("web browser on %(hosts)s") % {"hosts": ", ".join(hosts) or _("no host")}]
    return ", ".join([*native, *browser]) or str(_("nowhere"))
