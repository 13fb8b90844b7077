"""Whose key is this? Every living key may ask."""

from typing import Any

from flask import Blueprint, g

from portal.gateway.guard import require_key

routes = Blueprint("whoami", __name__)


@routes.get("/whoami")
@require_key(any_key=True)
def whoami() -> dict[str, Any]:
    """Say whose key this is."""
    return {"email": g.key.user, "key": {"id": g.key.id, "name": g.key.name, "kind": g.key.kind}}
