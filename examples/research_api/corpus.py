"""Texts that a person may read and a program may list: collections of items, and lists of items. Pure.

An item is known as `collection/item`, the two parts of its resource's URI; each of its documents has a name in it.
"""

from typing import NamedTuple


class Document(NamedTuple):
    """A text of an item."""

    name: str
    kind: str
    text: str


class Item(NamedTuple):
    """What was collected of one thing: facts about it, and texts."""

    collection: str
    name: str
    title: str
    created: str
    documents: tuple[Document, ...]

    @property
    def path(self) -> str:
        """The item's name with that of its collection: `logbook/brest`."""
        return f"{self.collection}/{self.name}"

    def document(self, name: str) -> Document | None:
        """Return the text of this name."""
        return next((one for one in self.documents if one.name == name), None)


class ItemList(NamedTuple):
    """Items that somebody put together under a name."""

    name: str
    items: tuple[Item, ...]


def _log(port: str, title: str, day: str, *documents: tuple[str, str]) -> Item:
    texts = tuple(Document(name, "Text", f"{text}\n") for name, text in documents)
    return Item("logbook", port, title, day, texts)


ITEMS = (
    _log(
        "aberdeen", "Log of the harbour of Aberdeen", "2026-03-21",
        ("log.txt", "Haar until nine. Two trawlers in on the morning tide, one out. The breakwater light is lit."),
        ("weather.txt", "Wind south-east, three. Visibility poor, then good."),
    ),
    _log(
        "brest", "Log of the harbour of Brest", "2026-03-21",
        ("log.txt", "High water before dawn. The survey boat left for the roads and was back with its soundings."),
    ),
    _log(
        "saint-malo", "Log of the harbour of Saint-Malo", "2026-03-21",
        ("log.txt", "The greatest range of the year. The causeway was dry for five hours; people walked to the fort."),
        ("weather.txt", "Wind west, five. Clear."),
    ),
)  # fmt: skip

ITEM_LISTS = {
    1: ItemList("harbour logs", ITEMS),
    2: ItemList("logs with weather", tuple(item for item in ITEMS if item.document("weather.txt"))),
}


def find(collection: str, name: str) -> Item | None:
    """Return the item of this name."""
    return next((item for item in ITEMS if (item.collection, item.name) == (collection, name)), None)
