"""The floors of the house, and the walk that finds what stands on the wrong one. See docs/architecture.md.

0 pure    the standard library and floor 0
1 rows    and SQLAlchemy
2 jobs    and the floors below, in the own room and in lower ones; they take a session and never commit
3 doors   and everything below; no SQL, and no other door
"""

from collections.abc import Iterator

from tests.house.trees import Source

PURE = {
    "clock", "config", "data_folder", "errors", "client_ip", "sqlite",
    "audit/events", "accounts/emails", "accounts/passwords",
    "keys/names", "keys/peppers", "keys/status", "keys/token", "site/ceilings", "site/endpoint",
    "downloads/formats", "downloads/render", "usage/buffer", "usage/fold", "usage/recorder",
    "gateway/lane", "gateway/opening", "gateway/problem", "gateway/question", "gateway/wire",
}  # fmt: skip
PURE_ROOMS = {"verification"}
ROWS = {"extensions", "rows"}

# From low to high; a room imports itself and lower ones. `mail` and `downloads` stand beside.
HEART = ("audit", "site", "accounts", "keys", "usage", "verification", "handover", "mail", "downloads")
LOWER = {
    "audit": (), "site": ("audit",), "accounts": ("audit", "site"), "keys": ("audit", "site", "accounts"),
    "usage": ("audit", "site", "accounts", "keys"), "handover": ("audit", "site", "accounts", "keys"),
    "verification": ("audit", "site", "accounts", "keys", "usage", "handover"),
    "mail": ("audit",), "downloads": ("site",),
}  # fmt: skip
DOORS = ("web", "sign_in", "profile", "admin", "gateway", "api", "cli", "worker", "server")
# What puts the house together opens every door: it is the front step, not a room.
FRONT_STEP = {"__init__", "server/pages"}
MAY_ENTER = {("api", "gateway/guard")}


def offences(source: Source) -> Iterator[str]:
    """Yield `portal/file.py:line: why` for everything in `source` that its floor forbids."""
    if source.name in FRONT_STEP:
        return
    rules = [_lower_rooms_only, _no_other_door]
    if source.name in PURE or source.room in PURE_ROOMS:
        rules = [_pure, *rules]
    elif source.room in DOORS:
        rules = [_no_sql, *rules]
    elif source.room in HEART and not source.name.endswith("/models"):
        rules = [_a_job, *rules]
    for rule in rules:
        for line, why in rule(source):
            yield f"portal/{source.name}.py:{line}: {why}"


def _pure(source: Source) -> Iterator[tuple[int, str]]:
    for name, line in source.imports():
        if name.partition(".")[0] in {"flask", "sqlalchemy", "werkzeug"} or name.startswith("flask_"):
            yield line, f"a pure file imports {name}"
        if name.startswith("portal.extensions") or ".models" in name:
            yield line, f"a pure file imports {name}"


def _a_job(source: Source) -> Iterator[tuple[int, str]]:
    for name, line in source.imports():
        if name.partition(".")[0] == "flask" or name.startswith("flask_"):
            yield line, f"a job imports {name}"
        if name == "portal.extensions.db":
            yield line, "a job takes its session as an argument"
    for name, line in source.attributes():
        if name in {"db.session", "db.paginate"} or (name.endswith(".query") and name[0].isupper()):
            yield line, f"a job uses {name}"
    for name, line in source.calls():
        if name == ".commit":
            yield line, "a job commits; that is the door's"


def _no_sql(source: Source) -> Iterator[tuple[int, str]]:
    allowed = ("sqlalchemy.URL", "sqlalchemy.orm.Session", "sqlalchemy.exc.")
    for name, line in source.imports():
        if name.partition(".")[0] == "sqlalchemy" and not name.startswith(allowed):
            yield line, f"a door imports {name}"
    for name, line in source.calls():
        if name in {".execute", ".scalar", ".scalars", ".exec_driver_sql"}:
            yield line, f"a door runs SQL with {name}()"


def _lower_rooms_only(source: Source) -> Iterator[tuple[int, str]]:
    if source.room not in HEART:
        return
    for name, line in source.imports():
        room = _room_of(name)
        if room in HEART and room != source.room and room not in LOWER[source.room]:
            yield line, f"{source.room} imports {name}, which is not below it"
        if room in DOORS:
            yield line, f"the heart imports a door, {name}"


def _no_other_door(source: Source) -> Iterator[tuple[int, str]]:
    if source.room not in DOORS:
        return
    for name, line in source.imports():
        room = _room_of(name)
        is_other = room in DOORS and room not in {source.room, "web"}
        if is_other and (source.room, "/".join(name.split(".")[1:3])) not in MAY_ENTER:
            yield line, f"{source.room} imports another door, {name}"


def _room_of(name: str) -> str:
    parts = name.split(".")
    return parts[1] if parts[0] == "portal" and len(parts) > 1 else ""
