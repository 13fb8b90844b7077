"""docs/settings.md lists every setting of the start and of the site, with its default and its declaration's words."""

import re

import pytest

from portal.config import ROOT, Settings
from portal.site.settings import SETTINGS, SiteSettings, spell

SITE_TABLE = re.compile(r"^\| `(?P<name>[a-z_]+)` \| (?P<meaning>.+?) \| `(?P<default>.+?)` \|$", re.MULTILINE)
SITE = [row.groups() for row in SITE_TABLE.finditer((ROOT / "docs" / "settings.md").read_text())]

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


def test_the_second_table_says_of_the_sites_settings_what_their_declarations_say():
    assert [(name, words, spell(getattr(SiteSettings(), name))) for name, words in SETTINGS.items()] == SITE


def in_words(default):
    if default in ((), None):
        return "none"
    if variable_is_folder := getattr(default, "name", None) == "instance":
        return "`instance/`" if variable_is_folder else ""
    return f"`{getattr(default, 'value', default)}`"
