"""The algorithms of the API: what each is called, what it says of itself, and what it does. Pure.

A new algorithm is a function and an entry in `ALGORITHMS`: its route, its page and its snippets come by themselves.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from examples.research_api import texts
from examples.research_api.stored import File

MOST_KEYWORDS = 100
NAME_LIMIT = 100


class WrongInput(Exception):
    """The input is not what the algorithm takes; the message is a sentence that does not repeat it."""


class Algorithm(NamedTuple):
    """One algorithm. `run` takes a JSON value; that of one that `saves` returns a `File`, of another one its result."""

    owner: str
    name: str
    title: str
    about: str
    example: Any
    run: Callable[[Any], Any]
    saves: bool = False

    @property
    def resource(self) -> str:
        """The URI that a key's list must open."""
        return f"algo://{self.owner}/{self.name}"


def hello(value: Any) -> str:
    """Greet someone."""
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= NAME_LIMIT:
        raise WrongInput(f"Send the name to greet: a text of 1 to {NAME_LIMIT} characters.")
    return f"Hello {value.strip()}"


def text_statistics(value: Any) -> dict[str, Any]:
    """Count words and sentences, and measure how easily they read."""
    return texts.statistics(_text_in(value))


def keywords(value: Any) -> list[dict[str, Any]]:
    """Return the words that a text uses most."""
    most = value.get("most", 10) if isinstance(value, dict) else 10
    if type(most) is not int or not 1 <= most <= MOST_KEYWORDS:
        raise WrongInput(f'"most" is a whole number from 1 to {MOST_KEYWORDS}.')
    return texts.keywords(_text_in(value), most)


def archive(value: Any) -> File:
    """Count as `text_statistics` does, and ask for the result to be saved."""
    path = value.get("file", "results/text-statistics.json") if isinstance(value, dict) else None
    if not isinstance(path, str):
        raise WrongInput('Send an object: "text", and if you like "file", where the result is saved.')
    return File(path, "application/json", json.dumps(text_statistics(value), indent=2).encode())


def _text_in(value: Any) -> str:
    text = value.get("text") if isinstance(value, dict) else value
    if not isinstance(text, str):
        raise WrongInput('Send a text, or an object with a text as its "text".')
    return text


_TIDES = "The tide rises, the tide falls. Along the sea-sands damp and brown the traveller hastens toward the town."

ALGORITHMS = (
    Algorithm(
        "demo", "Hello", "Hello", "Greets whoever is named: a first call, to see that a key works.", "World", hello,
    ),
    Algorithm(
        "demo", "Archive", "Archive",
        "Measures a text as TextStatistics does, and saves the result in your data store.",
        {"text": _TIDES, "file": "results/tides.json"}, archive, saves=True,
    ),
    Algorithm(
        "nlp", "TextStatistics", "Text statistics",
        "Counts the words and sentences of an English text and tells how easily it reads: "
        "a reading ease of 100 is a picture book, one of 0 a contract.",
        _TIDES, text_statistics,
    ),
    Algorithm(
        "nlp", "Keywords", "Keywords", "Finds the words that a text uses most, without the common ones.",
        {"text": _TIDES, "most": 3}, keywords,
    ),
)  # fmt: skip


def find(owner: str, name: str, *, saves: bool | None = None) -> Algorithm | None:
    """Return the algorithm of this name, if there is one and it saves as asked."""
    named = (one for one in ALGORITHMS if (one.owner, one.name) == (owner, name))
    return next((one for one in named if saves is None or one.saves == saves), None)
