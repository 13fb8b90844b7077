"""docs/verify.md, held against what the code does."""

import re

from portal.config import ROOT, ProxyKind
from portal.gateway.question import BODY_LIMIT, FIELDS
from portal.policy.facts import TEXT_LIMIT
from portal.policy.reasons import Reason

TEXT = (ROOT / "docs" / "verify.md").read_text()


def section(heading: str) -> str:
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_every_reason_stands_in_the_table_with_its_status_and_meaning() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (.+) \|$", section("Reasons"), re.M)
    assert rows == [(reason, str(reason.status), reason.detail) for reason in Reason]


def test_every_field_and_limit_of_the_verify_endpoint_is_named() -> None:
    described = section("From anywhere: the verify endpoint")
    named = [name for row in re.findall(r"^\| (`.+?) \|", described, re.M) for name in re.findall(r"`(\w+)`", row)]
    assert tuple(named) == FIELDS
    assert f"{BODY_LIMIT} bytes" in described
    assert f"{TEXT_LIMIT} characters" in described


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            headings = [
                re.sub(r"[^\w -]", "", line[3:].lower()).replace(" ", "-") for line in re.findall("^## .*", TEXT, re.M)
            ]
            assert target[1:] in headings
        else:
            assert (ROOT / "docs" / target).exists()


def test_every_kind_of_proxy_is_named_with_its_folder() -> None:
    described = (ROOT / "deploy" / "README.md").read_text()
    folders = {folder.name for folder in (ROOT / "deploy").iterdir() if folder.is_dir()}
    assert folders - {"systemd"} == set(ProxyKind)
    for target in re.findall(r"\]\(([^)#]+)\)", described):
        assert (ROOT / "deploy" / target).exists()
    assert all(f"]({kind}/" in described for kind in ProxyKind)
