"""Templates hold no script and no style, ask HTMX for little, and each fragment carries its file's name as its id."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.config import ROOT
from tests.house.trees import Source, portal_sources

# A short list keeps the way back to plain links and forms, and to another version of HTMX, short.
ALLOWED_HX = {
    "hx-get", "hx-post", "hx-target", "hx-swap", "hx-swap-oob", "hx-disable", "hx-trigger",
    "hx-headers:inherited", "hx-nonce:inherited",
}  # fmt: skip

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TAG = re.compile(r"<[a-zA-Z](?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
ATTRIBUTE = re.compile(r"\s([a-zA-Z][\w:.-]*)(?:=(\"[^\"]*\"|'[^']*'|[^\s>]+))?")
TEMPLATES = [path for folder in ("templates", "examples") for path in sorted((ROOT / folder).rglob("*.html"))]


def offences(text: str) -> Iterator[str]:
    """Yield why `text` must not be a template of the portal."""
    if re.search(r"\|\s*safe\b", text):
        yield "|safe switches escaping off"
    if re.search(r"<style\b", text) or re.search(r"<script\b(?![^>]*\bsrc=)", text):
        yield "scripts and styles are files"
    for tag in TAG.findall(JINJA.sub("", text)):
        for name, value in ATTRIBUTE.findall(tag):
            if name == "style" or re.match(r"on[a-z]+$", name):
                yield f"{name}= is forbidden by the content policy"
            if name.startswith(("hx-", "data-hx-")) and name not in ALLOWED_HX:
                yield f"{name} is not on the short list"
            if name == "hx-trigger" and "[" in value:
                yield "a filter in hx-trigger needs eval"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_keeps_the_rules(path):
    assert list(offences(path.read_text())) == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ name | safe }}",
        '<p style="color: red">',
        '<p onclick="go()">',
        "<script>go()</script>",
        "<style>p {}</style>",
        '<a hx-boost="true">',
        '<a data-hx-get="/">',
        '<a hx-trigger="click[ctrlKey]">',
        "<p {% if a > b %}hidden{% endif %} style='x'>",
    ],
)
def test_a_template_that_breaks_a_rule_is_found(text):
    assert len(list(offences(text))) == 1


def fragments_answered() -> set[str]:
    """The fragments that the doors name: they are swapped into a page by themselves."""
    strings = [
        node.value for source in portal_sources() for node in ast.walk(source.tree) if isinstance(node, ast.Constant)
    ]
    return {text for text in strings if isinstance(text, str) and re.search(r"(^|/)_\w+\.html$", text)}


def root_id(text: str) -> str | None:
    """Return the id of the first element of a template."""
    first = TAG.search(JINJA.sub("", text))
    found = re.search(r"\sid=[\"']([\w-]*)[\"']", first.group()) if first else None
    return found.group(1).rstrip("-") if found else None  # `row-{{ … }}` is `row-` once the braces are gone


@pytest.mark.parametrize("name", sorted(fragments_answered()))
def test_a_fragment_has_its_files_name_as_id(name):
    assert root_id((ROOT / "templates" / name).read_text()) == Path(name).stem.lstrip("_").replace("_", "-")


def test_a_fragment_without_its_id_is_found():
    assert root_id('{% if a %}<div class="x"></div>{% endif %}<p id="later">') is None
    assert root_id('{# > #}<tr id="row-{{ key.public_id }}" class="x">') == "row"


def test_fragments_are_looked_for_where_doors_name_them():
    source = Source.of("profile/keys", 'go("profile/_list.html")')

    assert "profile/_list.html" in {node.value for node in ast.walk(source.tree) if isinstance(node, ast.Constant)}
