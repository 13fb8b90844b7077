"""GET /api/v1/keys and GET /api/v1/keys/<public id>: what there is."""

import json
import re

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.api import bp
from portal.api.caller import looking
from portal.api.problem import field_problem
from portal.keys.description import describe
from portal.keys.models import Key
from portal.keys.newest import newest
from portal.site.settings import SiteSettings
from portal.web.permissions import KEY, may_call

LIMIT, MOST = 25, 100
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


@bp.get("")
@may_call(KEY)
def list_keys() -> ResponseReturnValue:
    """Answer with a page of the owner's keys, the newest first, revoked ones too."""
    for name in request.args:
        if name not in {"limit", "page"}:
            raise field_problem(name[:32], "The address takes limit and page only.")
    limit, page = _number("limit", LIMIT, MOST), _number("page", 1, None)
    caller = looking()
    keys, total = newest(caller.session, caller.key.owner_id, limit, (page - 1) * limit)
    answer = as_json({"keys": [describe(key, caller.site) for key in keys], "total": total, "page": page})
    answer.headers["Link"] = _links(page, limit, total)
    return answer


@bp.get("/<public_id>")
@may_call(KEY)
def one_key(public_id: str) -> ResponseReturnValue:
    """Answer with one key; its version is the ETag that `If-Match` takes."""
    caller = looking()
    return key_answer(caller.owned(public_id), caller.site)


def key_answer(key: Key, site: SiteSettings, status: int = 200, **more: str) -> Response:
    """Return the answer that describes `key`, with whatever else is told once."""
    answer = as_json(describe(key, site) | more, status)
    answer.set_etag(str(key.version))
    return answer


def as_json(body: dict[str, object], status: int = 200) -> Response:
    """Return `body` as an answer that no cache keeps."""
    answer = Response(json.dumps(body), status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _number(name: str, default: int, most: int | None) -> int:
    texts = request.args.getlist(name) or [str(default)]
    if len(texts) > 1 or not _NUMBER.fullmatch(texts[0]) or (most is not None and int(texts[0]) > most):
        raise field_problem(name, f"{name} is one whole number from 1" + (f" to {most}." if most else "."))
    return int(texts[0])


def _links(page: int, limit: int, total: int) -> str:
    last = max(1, -(-total // limit))
    pages = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    return ", ".join(
        f'<{url_for("api.list_keys", limit=limit, page=number)}>; rel="{rel}"'
        for rel, number in pages.items()
        if 1 <= number <= last
    )
