"""docs/rules.md names files that exist, but for those that its example would add."""

import re

import pytest

from portal.config import ROOT

PAGE = (ROOT / "docs" / "rules.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:portal|tests|templates)/[\w./]+)`", PAGE)))


@pytest.mark.parametrize("name", [name for name in NAMED if "methods" not in name])
def test_a_file_that_the_page_names_exists(name):
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("name", [name for name in NAMED if "methods" in name])
def test_a_file_that_the_example_adds_has_its_place(name):
    assert (ROOT / name).parent.is_dir()
    assert not (ROOT / name).exists()


def test_the_page_shows_a_line_as_policy_has_them():
    line = re.search(r"\n(    \w+: \w+ = _rule\(.*\))\n", PAGE)
    assert line
    mine = line[1].replace("methods", "networks").replace("Methods", "Networks")
    assert mine in (ROOT / "portal" / "policy" / "policy.py").read_text()
