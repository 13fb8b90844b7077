"""docs/validation.md states the limits that the code enforces."""

import re
from operator import attrgetter
from pkgutil import resolve_name

import pytest

from portal.config import ROOT
from portal.site.settings import SiteSettings

TABLE = (ROOT / "docs" / "validation.md").read_text()
ROWS = re.findall(r"^\| (.+?) \|.*?\| (?:\d–)?(\d+) \w+ \| `([\w.]+)` \|$", TABLE, re.MULTILINE)


def value_of(name: str) -> int:
    """Return the constant; a field of a dataclass has the value that a fresh one has."""
    if name.startswith("portal.site.settings.SiteSettings."):
        return attrgetter(name.rpartition(".")[2])(SiteSettings())
    module, _, constant = name.rpartition(".")
    return resolve_name(f"{module}:{constant}")


@pytest.mark.parametrize(("field", "limit", "declared"), ROWS)
def test_the_stated_limit_is_the_declared_one(field, limit, declared):
    assert value_of(declared) == int(limit), field


def test_every_row_of_the_table_is_checked():
    assert len(ROWS) == TABLE.count("| `portal.") >= 15


def test_every_limit_in_the_code_is_in_the_table():
    sources = [path for path in (ROOT / "portal").rglob("*.py") if "gateway" not in path.parts]
    declared = {
        f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts).removesuffix('.__init__')}.{name}"
        for path in sources
        for name in re.findall(r"^([A-Z_]*LIMIT) = ", path.read_text(), re.MULTILINE)
    }
    internal = {"portal.profile.list_address.PAGE_LIMIT"}
    assert declared - internal <= {name for _field, _limit, name in ROWS}
