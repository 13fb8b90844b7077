"""What a browser would send of a form that nobody touched."""

from html.parser import HTMLParser
from typing import Any


class _Form(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.fields: dict[str, str] = {}
        self._is_inside = False
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes: dict[str, Any] = dict(attrs)
        if tag == "form":
            self._is_inside = attributes.get("action") == self.action
        if not self._is_inside:
            return
        name, value = attributes.get("name", ""), attributes.get("value")
        if tag == "input" and name and ("checked" in attributes or attributes.get("type") not in {"checkbox", "radio"}):
            self.fields[name] = value or ""
        if tag == "select":
            self._select = name
        if tag == "option" and ("selected" in attributes or self._select not in self.fields):
            self.fields[self._select] = value or ""
        if tag == "textarea":
            self._area = name
            self.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag == "form":
            self._is_inside = False


def fields_of(page: str, action: str) -> dict[str, str]:
    """Return the fields of the form that is sent to `action`, with the values that they show."""
    form = _Form(action)
    form.feed(page)
    return form.fields
