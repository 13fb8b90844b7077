"""What others wrote and we ship is byte for byte what they published."""

import hashlib

from portal.config import ROOT

VENDOR = ROOT / "static" / "vendor"


def checksums():
    lines = (VENDOR / "CHECKSUMS").read_text().splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines if not line.startswith("#"))}


def test_every_vendored_file_matches_its_checksum():
    present = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.iterdir()}
    present.pop("CHECKSUMS")

    assert present == checksums()


def test_every_vendored_library_brings_its_licence():
    assert {"htmx-licence.txt", "bootstrap-licence.txt"} <= set(checksums())
