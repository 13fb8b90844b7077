"""Item lists, items and their texts, as clients of Alveo ask for them. Every address in an answer is absolute."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request

from examples.research_api.corpus import ITEM_LISTS, Document, Item, find
from examples.research_api.problems import refuse
from portal.config import Settings
from portal.gateway.guard import require_key

VERSION = "V3.0"

routes = Blueprint("alveo", __name__)


@routes.get("/version")
@routes.get("/version.json")
@require_key(any_key=True)
def version() -> dict[str, Any]:
    """Say which version of the interface this is."""
    return {"API version": VERSION}


@routes.get("/item_lists")
@routes.get("/item_lists.json")
@require_key(any_key=True)
def item_lists() -> dict[str, Any]:
    """Name all item lists, each as one's own: clients look for a name among those only."""
    base = base_address()
    own = [
        {"name": one.name, "item_list_url": f"{base}/item_lists/{number}", "num_items": len(one.items), "shared": False}
        for number, one in ITEM_LISTS.items()
    ]
    return {"own": own, "shared": []}


@routes.get("/item_lists/<int:number>")
@routes.get("/item_lists/<int:number>.json")
@require_key(resource="collection://item_lists/{number}")
def item_list(number: int) -> dict[str, Any]:
    """Name the items of a list."""
    found = ITEM_LISTS.get(number) or _nothing()
    base = base_address()
    return {"name": found.name, "num_items": len(found.items), "items": [_address(base, item) for item in found.items]}


@routes.get("/catalog/<collection>/<name>")
@require_key(resource="collection://{collection}/{name}")
def item(collection: str, name: str) -> dict[str, Any]:
    """Tell of an item, and where its texts are."""
    found = find(collection, name) or _nothing()
    address = _address(base_address(), found)
    return {
        "@context": {"alveo": "http://alveo.edu.au/vocabulary/", "dcterms": "http://purl.org/dc/terms/"},
        "alveo:catalog_url": address,
        "alveo:metadata": {
            "alveo:handle": f"{found.collection}:{found.name}", "alveo:collection": found.collection,
            "dcterms:identifier": found.name, "dcterms:title": found.title, "dcterms:created": found.created,
        },
        "alveo:primary_text_url": _document_address(address, found.documents[0]),
        "alveo:documents": [
            {
                "alveo:url": _document_address(address, one), "dcterms:identifier": one.name, "dcterms:type": one.kind,
                "alveo:size": len(one.text.encode()),
            }
            for one in found.documents
        ],
    }  # fmt: skip


@routes.get("/catalog/<collection>/<name>/document/<document>")
@require_key(resource="collection://{collection}/{name}")
def text(collection: str, name: str, document: str) -> Response:
    """Answer with a text of an item."""
    found = find(collection, name) or _nothing()
    return Response((found.document(document) or _nothing()).text, mimetype="text/plain")


def base_address() -> str:
    """Return the address of this API as the client wrote it, without a slash at its end.

    Clients compare it with the one they know letter by letter. Its scheme alone is taken from the settings where those
    name the same host: a proxy in front may speak https to the client and http to us.
    """
    settings: Settings = current_app.extensions["portal.settings"]
    site = urlsplit(settings.site_url)
    scheme = site.scheme if site.netloc == request.host else request.scheme
    return f"{scheme}://{request.host}{request.script_root}"


def _address(base: str, found: Item) -> str:
    return f"{base}/catalog/{found.path}"


def _document_address(item_address: str, document: Document) -> str:
    return f"{item_address}/document/{document.name}"


def _nothing() -> Any:
    refuse(404, "not-found", "Not found", "There is nothing of this name.")
