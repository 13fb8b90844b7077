"""Which floor each file of the house stands on, and what each floor may lean on. See docs/architecture.md.

A file of the heart is named here one by one, so that whoever adds one says where it stands. Of a door every file is one
of the door, unless it is named.
"""

from enum import StrEnum
from fnmatch import fnmatch


class Floor(StrEnum):
    """The floors, from low to high."""

    PURE = "pure"
    LIGHT = "light"
    ROWS = "rows"
    BINDING = "binding"
    JOBS = "jobs"
    GROUND = "doors' ground"
    DOORS = "doors"
    STEP = "front step"


STANDS: dict[Floor, set[str]] = {
    Floor.PURE: {
        "clock", "errors", "client_ip", "quick_tuple", "redaction", "strict_json",
        "audit/events", "accounts/emails",
        "keys/names", "keys/reason", "keys/peppers", "keys/overlaps", "keys/sieve", "keys/status", "keys/token",
        "site/endpoint", "site/settings",
        "policy/__init__", "policy/data_access", "policy/facts", "policy/hosts", "policy/invalid", "policy/limits",
        "policy/networks", "policy/origin", "policy/policy", "policy/reasons", "policy/resources",
        "downloads/formats", "downloads/render", "downloads/wanted", "downloads/snippets", "usage/buffer", "usage/fold",
        "usage/folded", "usage/line",
        "usage/charts", "usage/series", "usage/statements", "usage/statements_postgres", "usage/tally",
        "verification/carriers", "verification/flood", "verification/judge", "verification/limiter",
        "verification/packed_rows", "verification/quotas", "verification/rate_log",
        "verification/rates_memory", "verification/remembered",
        "verification/rules", "verification/verdict", "verification/verifier",
        "metrics/__init__", "metrics/catalogue",
        "gateway/introspect", "gateway/limit_headers", "gateway/nginx", "gateway/problem", "gateway/question",
        "gateway/wire",
        "handover/__init__", "handover/launch", "audit/__init__", "accounts/__init__", "downloads/__init__",
        "gateway/__init__", "keys/__init__",
        "mail/__init__", "move/__init__", "move/fault", "site/__init__", "usage/__init__", "verification/__init__",
        "devdata/__init__", "devdata/dice", "devdata/lives", "devdata/names", "devdata/people", "devdata/policies",
        "devdata/uses", "devdata/words",
    },
    Floor.LIGHT: {
        "accounts/gate", "accounts/passwords", "low_priority",
        "backup", "complaint", "config", "config_values", "data_folder", "file_lock", "postgres", "postgres_pool",
        "restore", "sqlite", "whole_file",
        "logs", "readiness", "request_id", "metrics/book", "metrics/counts", "metrics/reading",
        "usage/flush", "usage/notes", "usage/recorder", "usage/sink", "usage/sink_postgres",
        "usage/sink_sqlite", "usage/spool", "usage/storer",
        "verification/quota_postgres", "verification/quota_sqlite", "verification/rates_redis",
        "verification/batch_link", "verification/batch_questions", "verification/store_batched",
        "verification/store_cached", "verification/store_postgres", "verification/store_sqlite",
        "verification/wal_index",
        "server/child", "server/lifeline", "server/ports", "server/supervisor", "server/voice",
    },
    Floor.ROWS: {
        "raw", "rows", "accounts/models", "audit/models", "downloads/models", "handover/models", "keys/models",
        "mail/models", "site/models", "usage/models",
        "move/tables",
    },
    Floor.BINDING: {"extensions"},
    Floor.JOBS: {
        "keyset", "pending",
        "audit/chain", "audit/finder", "audit/trail",
        "accounts/banners", "accounts/directory", "accounts/forget", "accounts/invitations", "accounts/membership",
        "accounts/refusals", "accounts/sessions", "accounts/sign_in", "accounts/standing", "accounts/throttle",
        "keys/default_key", "keys/delete_account", "keys/description", "keys/ended_by", "keys/export", "keys/filters",
        "keys/finder", "keys/forget", "keys/free_name", "keys/hand_over", "keys/issuing", "keys/journal",
        "keys/known_peppers", "keys/leaks", "keys/lifecycle", "keys/lifetime", "keys/listing", "keys/long_acts",
        "keys/many", "keys/newest", "keys/numbered", "keys/of_person", "keys/reconcile", "keys/rotation", "keys/rules",
        "keys/session_keys", "keys/sign_outs", "keys/states", "keys/strength", "keys/walks",
        "site/change",
        "usage/access_log", "usage/census", "usage/forget", "usage/reports",
        "handover/apps", "handover/codes", "handover/forget",
        "verification/explanation",
        "move/comparing", "move/copying", "move/misfits", "move/moving", "move/source", "move/target",
        "downloads/added",
        "devdata/acts", "devdata/filling", "devdata/joining", "devdata/key_rows", "devdata/making", "devdata/pour",
        "devdata/scene", "devdata/usage_rows",
    },
    Floor.GROUND: {"database", "schema", "move/schema"},
    Floor.DOORS: {"gateway/cors", "gateway/guard"},
    # What puts the house together opens every door.
    Floor.STEP: {"__init__", "cli/entry", "server/pages"},
}  # fmt: skip

DOORS = ("sign_in", "profile", "admin", "gateway", "api", "cli", "worker", "server")
# The first that fits; a name in STANDS comes before them.
ROOMS: tuple[tuple[str, Floor], ...] = (
    ("web/*", Floor.GROUND),
    ("gateway/*", Floor.LIGHT),  # the verification lane loads neither Flask nor SQLAlchemy
    *((f"{door}/*", Floor.DOORS) for door in DOORS),
)

_HEART = {Floor.PURE, Floor.LIGHT, Floor.ROWS, Floor.JOBS}
MAY_IMPORT: dict[Floor, set[Floor]] = {
    Floor.PURE: {Floor.PURE},
    Floor.LIGHT: {Floor.PURE, Floor.LIGHT},
    Floor.ROWS: {Floor.PURE, Floor.ROWS},
    Floor.BINDING: {Floor.PURE, Floor.LIGHT, Floor.ROWS},
    Floor.JOBS: _HEART,
    Floor.GROUND: _HEART | {Floor.BINDING, Floor.GROUND},
    Floor.DOORS: _HEART | {Floor.BINDING, Floor.GROUND, Floor.DOORS},
}

WEB = {"flask", "flask_*", "werkzeug", "jinja2", "click", "granian"}
DATABASES = {"sqlalchemy", "alembic"}
WORLD = {"os", "sqlite3", "socket", "fcntl", "subprocess", "shutil", "tempfile", "zipfile", "multiprocessing", "time"}
NEVER: dict[Floor, set[str]] = {
    Floor.PURE: WEB | DATABASES | WORLD,
    Floor.LIGHT: WEB | DATABASES,
    Floor.ROWS: WEB | {"alembic"},
    Floor.BINDING: WEB - {"flask", "flask_*"},
    Floor.JOBS: WEB | {"alembic"},
    Floor.GROUND: set(),
    Floor.DOORS: {"alembic"},
}

# What a floor never uses, but for this file.
MAY_USE = {("clock", "time")}

# A room of the heart imports itself and these. `mail` and `downloads` stand beside.
LOWER = {
    "policy": (), "audit": (), "site": ("policy", "audit"), "accounts": ("audit", "site"),
    "keys": ("policy", "audit", "site", "accounts"),
    "usage": ("policy", "audit", "site", "accounts", "keys"),
    "handover": ("policy", "audit", "site", "accounts", "keys"),
    "verification": ("policy", "audit", "site", "accounts", "keys", "usage", "handover"),
    "metrics": (), "mail": ("audit",), "downloads": ("audit", "site"),
    "devdata": ("policy", "audit", "site", "accounts", "keys", "usage"),
    "move": ("policy", "audit", "site", "accounts", "keys", "usage", "handover", "verification", "mail", "downloads"),
}  # fmt: skip

# One door leans on another only here.
MAY_ENTER = {("api", "gateway/guard"), ("profile", "gateway/guard")}


def floor_of(name: str) -> Floor | None:
    """Return the floor of `portal/<name>.py`; None when nobody said."""
    named = (floor for floor, names in STANDS.items() if name in names)
    by_room = (floor for pattern, floor in ROOMS if fnmatch(name, pattern))
    return next(named, None) or next(by_room, None)


def file_of(name: str) -> str | None:
    """Return the file that an import leans on: `portal.keys.models.Key` → `keys/models`; None when it is none."""
    parts = name.split(".")[1:3]  # rooms hold no rooms
    return next((file for file in ("/".join(parts), *parts[:1]) if floor_of(file)), None)
