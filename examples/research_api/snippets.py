"""How to call an algorithm from each language, with the key read from the environment. One template for each."""

import json
import shlex
from typing import Any, NamedTuple

from flask import render_template

from examples.research_api.algorithms import Algorithm
from examples.research_api.bodies import JSON, TEXT

VARIABLE = "PORTAL_API_KEY"
LANGUAGES = {"curl": "curl", "python": "Python", "r": "R", "javascript": "JavaScript", "java": "Java"}


class Snippet(NamedTuple):
    """A program that calls an algorithm with its example."""

    language: str
    label: str
    text: str


def snippets(algorithm: Algorithm, endpoint: str) -> list[Snippet]:
    """Return the programs that call `algorithm` of the API at `endpoint`."""
    body, content_type = example_input(algorithm)
    values: dict[str, Any] = {
        "url": f"{endpoint}/v1/algo/{algorithm.owner}/{algorithm.name}", "body": body, "content_type": content_type,
        "variable": VARIABLE, "literal": literal, "quoted": shlex.quote,
    }  # fmt: skip
    return [
        Snippet(language, label, render_template(f"snippets/{language}.txt", **values).strip())
        for language, label in LANGUAGES.items()
    ]


def example_input(algorithm: Algorithm) -> tuple[str, str]:
    """Return the body of the example, and its content type."""
    if isinstance(algorithm.example, str):
        return algorithm.example, TEXT
    return json.dumps(algorithm.example, ensure_ascii=False), JSON


def literal(text: str) -> str:
    """Return `text` in double quotes, as JSON, Python, R, JavaScript and Java read it alike."""
    return json.dumps(text, ensure_ascii=False)
