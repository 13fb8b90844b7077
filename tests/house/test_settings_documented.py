"""docs/settings.md lists every setting, with its default and the very words of its declaration."""

import re

import pytest

from portal.config import ROOT, Settings

TABLE = re.compile(r"^\| `(?P<variable>[A-Z_]+)` \| (?P<meaning>.+?) \| (?P<default>.+?) \|$", re.MULTILINE)
DOCUMENTED = {row["variable"]: row for row in TABLE.finditer((ROOT / "docs" / "settings.md").read_text())}
DECLARED = {str(field.alias): field for field in Settings.model_fields.values()}


def test_the_table_has_every_setting_and_no_other():
    assert set(DOCUMENTED) == set(DECLARED)


@pytest.mark.parametrize("variable", DECLARED)
def test_a_setting_is_described_as_it_is_declared(variable):
    field = DECLARED[variable]
    meaning, _, default_in_words = str(field.description).partition(" Default: ")

    assert DOCUMENTED[variable]["meaning"] == meaning
    assert DOCUMENTED[variable]["default"] == (default_in_words.rstrip(".") or in_words(field.default))


def in_words(default):
    if default in ((), None):
        return "none"
    if variable_is_folder := getattr(default, "name", None) == "instance":
        return "`instance/`" if variable_is_folder else ""
    return f"`{getattr(default, 'value', default)}`"
