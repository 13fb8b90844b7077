"""Rows of a collection, as clients of LabKey ask for them: a schema is an owner, a query is a collection of it.

Any folder will do, `/home/query-getQuery.api` as well as `/some/project/query-getQuery.api`. The clients first fetch a
CSRF token and send it along; there are no cookies here, so nothing needs it and nothing checks it.
"""

import secrets
from typing import Any

from flask import Blueprint, g

from examples.research_api.catalogue import COLLECTIONS
from examples.research_api.labkey_query import RowQuery, add_names, read_query
from examples.research_api.problems import refuse
from portal.gateway.guard import require_key

FORMAT = 8.3
TYPES = {str: "string", float: "float", int: "int", bool: "boolean"}

routes = Blueprint("labkey", __name__)
routes.url_value_preprocessor(add_names)


@routes.route("/login-whoami.api", methods=["GET", "POST"])
@routes.route("/<path:folder>/login-whoami.api", methods=["GET", "POST"])
@routes.route("/login/whoAmI.view", methods=["GET", "POST"])
@routes.route("/login/<path:folder>/whoAmI.view", methods=["GET", "POST"])
@require_key(any_key=True)
def who_am_i(folder: str = "") -> dict[str, Any]:  # noqa: ARG001
    """Say whose key this is."""
    return {**_person(), "impersonated": False, "CSRF": secrets.token_hex(16)}


@routes.get("/security-ensureLogin.api")
@routes.get("/<path:folder>/security-ensureLogin.api")
@require_key(any_key=True)
def ensure_login(folder: str = "") -> dict[str, Any]:  # noqa: ARG001
    """Let only a good key pass; some clients ask for this first, to be told that they need one."""
    return {"currentUser": _person()}


@routes.post("/query-getQuery.api")
@routes.post("/<path:folder>/query-getQuery.api")
@routes.post("/query/selectRows.api")
@routes.post("/query/<path:folder>/selectRows.api")
@require_key(resource="collection://{schema}/{query}")
def select_rows(schema: str, query: str, folder: str = "") -> dict[str, Any]:  # noqa: ARG001
    """Answer with rows of a collection, and with what its columns are."""
    asked = read_query()
    rows = COLLECTIONS.get(f"{schema}/{query}")
    if rows is None:
        refuse(404, "not-found", "Not found", "There is no query of this name in this schema.")
    columns = {name: TYPES[type(value)] for name, value in rows[0].items()}
    return {
        "schemaName": [schema], "queryName": query, "formatVersion": FORMAT,
        "metaData": {
            "id": None, "root": "rows", "totalProperty": "rowCount",
            "fields": [
                {"name": name, "caption": _caption(name), "type": kind, "jsonType": kind, "hidden": False}
                for name, kind in columns.items()
            ],
        },
        "columnModel": [{"dataIndex": name, "header": _caption(name), "hidden": False} for name in columns],
        "rowCount": len(rows), "rows": _part_of(rows, asked),
    }  # fmt: skip


def _part_of(rows: list[dict[str, Any]], asked: RowQuery) -> list[dict[str, Any]]:
    end = None if asked.most is None else asked.offset + asked.most
    return rows[asked.offset : end]


def _caption(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _person() -> dict[str, Any]:
    email = g.key.user
    return {"id": g.key.user_id, "email": email, "displayName": email.partition("@")[0]}
