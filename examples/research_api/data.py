"""`/v1/data/…`: files of the key's owner. Reading needs the right to read data, changing them the right to write."""

import re
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request

from examples.research_api import data_path
from examples.research_api.bodies import read_body
from examples.research_api.data_problems import refuse_change
from examples.research_api.data_store import DataStore
from examples.research_api.problems import refuse
from examples.research_api.stored import Expects, File, NotStored, Stored
from portal.clock import from_milliseconds
from portal.gateway.guard import require_key

routes = Blueprint("data", __name__, url_prefix="/v1/data")

UNTYPED = "application/octet-stream"
TYPE_LIMIT = 128
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?: *; *[\w-]+=(?:[\w.+-]+|\"[\w .+-]*\"))*", re.ASCII)


@routes.get("/", defaults={"path": ""}, strict_slashes=False)
@routes.get("/<path:path>")
@require_key(access="read")
def read(path: str) -> Response | dict[str, Any]:
    """Answer with a file, or list a folder."""
    folder = data_path.folder_path(_mine(path))
    found = None if path.endswith("/") else store().read(me(), folder)
    if found:
        return _content(*found)
    listing = _listing(folder)
    # Clients learn whose key they have from the first folder of the root.
    return listing if path else listing | {"folders": [{"name": g.key.user}, *listing["folders"]]}


@routes.put("/<path:path>")
@require_key(access="write")
def write(path: str) -> tuple[Response, int]:
    """Store the body as a file: 201 when it is new, 200 when it takes the place of another one."""
    _needs_length()
    file = File(path, _content_type(), read_body())
    stored, is_new = _put(me(), file, _expects())
    answer = jsonify(result=_as_json(stored))
    answer.set_etag(stored.etag)
    return answer, 201 if is_new else 200


@routes.delete("/<path:path>")
@require_key(access="write")
def delete(path: str) -> dict[str, Any]:
    """Delete a file."""
    outcome = store().delete(me(), _own_path(path), _expects())
    if outcome is not None:
        refuse_change(outcome)
    return {"result": {"deleted": 1}}


def save(owner: str, file: File) -> Stored:
    """Store a file for an algorithm of this API; refuses as `PUT` does."""
    return _put(owner, file, lambda _: True)[0]


def me() -> str:
    """Return whose files these are: the number of the account, which nobody else is given, unlike its e-mail."""
    return str(g.key.user_id)


def store() -> DataStore:
    """Return the data store of this app."""
    opened: DataStore = current_app.extensions["research.store"]
    return opened


def _put(owner: str, file: File, expects: Expects) -> tuple[Stored, bool]:
    outcome = store().put(owner, file._replace(path=_own_path(file.path)), expects)
    return refuse_change(outcome) if isinstance(outcome, NotStored) else outcome


def _own_path(text: str) -> str:
    path = data_path.file_path(_mine(text))
    if data_path.is_sample(path):
        detail = "What is in sample is the same for everybody and stays as it is. Put your data beside it."
        refuse(403, "sample-data", "Sample data", detail)
    return path


def _mine(path: str) -> str:
    """Return the path with `.my` where it says whose data it is: one's own."""
    first, slash, rest = path.partition("/")
    return f"{data_path.MINE}{slash}{rest}" if first == g.key.user else path


def _content(stored: Stored, body: bytes) -> Response:
    answer = Response(body, content_type=stored.content_type)
    answer.set_etag(stored.etag)
    answer.last_modified = from_milliseconds(stored.changed_at)
    answer.headers["Cache-Control"] = "private, no-cache"
    # It is somebody's file on the portal's own origin: a browser keeps it as a file, and runs nothing that is in it.
    answer.headers["Content-Disposition"] = f'attachment; filename="{stored.path.rpartition("/")[2]}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    answer.make_conditional(request)
    return answer


def _listing(folder: str) -> dict[str, Any]:
    below = store().files(me(), folder)
    if folder and not below:
        refuse_change(NotStored.NOT_THERE)
    start = len(folder) + 1 if folder else 0
    names = [(file.path[start:], file) for file in below]
    folders = sorted({name.partition("/")[0] for name, _ in names if "/" in name})
    files = [_as_json(file) | {"filename": name} for name, file in names if "/" not in name]
    return {"folders": [{"name": name} for name in folders], "files": files}


def _as_json(file: Stored) -> dict[str, Any]:
    when = from_milliseconds(file.changed_at)
    return {
        "path": file.path,
        "content_type": file.content_type,
        "size": file.size,
        "last_modified": f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z",
        "etag": file.etag,
    }


def _needs_length() -> None:
    """Refuse a body of unknown length: one that is cut on the way looks whole, and half a file would be stored."""
    if request.content_length is None:
        refuse(411, "length-required", "Length required", "Say in Content-Length how many bytes the file has.")


def _content_type() -> str:
    text = request.headers.get("Content-Type") or UNTYPED
    if len(text) > TYPE_LIMIT or not _TYPE.fullmatch(text):
        detail = f"Send a Content-Type such as text/csv; charset=utf-8, of at most {TYPE_LIMIT} characters."
        refuse(400, "wrong-content-type", "Wrong content type", detail)
    return text


def _expects() -> Expects:
    """Return what the request asks of the file that is there: `If-Match` and `If-None-Match`, RFC 9110, section 13."""
    wanted, unwanted = request.if_match, request.if_none_match

    def expects(etag: str | None) -> bool:
        is_wanted = not wanted or (etag is not None and wanted.contains(etag))
        return is_wanted and not (unwanted and etag is not None and unwanted.contains_weak(etag))

    return expects
