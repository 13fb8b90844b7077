"""Names say what a thing is. See docs/glossary.md."""

import re

import pytest

from tests.house.trees import Source, portal_sources

EMPTY = re.compile(r"(?:^|_)(?:utils?|helpers?|managers?|services?|misc)(?:_|$)|^(?:handle|process)_")
NOT_OURS = {"process_bind_param", "process_result_value", "handleError"}  # SQLAlchemy's and logging's
AS_IN_THE_SETTINGS = {"service_token", "_service_token"}


def empty_words(source: Source) -> list[str]:
    """Return the names in `source` that say nothing, with their lines."""
    found = [(part, 1) for part in source.name.split("/")] + list(source.defined())
    snake = [(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower(), name, line) for name, line in found]
    return [
        f"portal/{source.name}.py:{line}: {name}"
        for word, name, line in snake
        if EMPTY.search(word) and name not in NOT_OURS | AS_IN_THE_SETTINGS
    ]


def test_no_name_says_nothing():
    assert [found for source in portal_sources() for found in empty_words(source)] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("keys/utils", ""),
        ("keys/key", "class KeyManager: ..."),
        ("keys/key", "def handle_revoke(): ..."),
        ("keys/key", "def process_key(): ..."),
        ("keys/key", "helpers = []"),
        ("keys/key", "def revoke(service): ..."),
    ],
)
def test_a_name_that_says_nothing_is_found(name, text):
    assert len(empty_words(Source.of(name, text))) == 1
