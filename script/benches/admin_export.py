"""The memory of a real server while it sends every key on it."""

import re
import time
from pathlib import Path

import requests

from tests.cast import PASSWORD
from tests.server.house import House

WAYS = ("/admin/keys/export/csv", "/admin/keys/export/json-lines")
EVERY_BYTES = 1 << 16
SAMPLE_SECONDS = 0.2


def measure(folder: Path, logs: Path, email: str) -> None:
    """Start `script/server` on the folder, export by each way, and print what its processes had in memory."""
    house = House(folder, logs).wait_until_ready()
    try:
        browser = _signed_in(house, email)
        print("| export | rows | seconds | MB sent | MB in memory before | highest | after |")
        print("|---|---|---|---|---|---|---|")
        for way in WAYS:
            print(_export(house, browser, way))
        print()
    finally:
        house.close()


def _signed_in(house: House, email: str) -> requests.Session:
    browser = requests.Session()
    page = browser.get(f"{house.url}/sign-in").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    fields = {"email": email, "password": PASSWORD, "csrf_token": token}
    answer = browser.post(f"{house.url}/sign-in", data=fields, headers={"Origin": house.url})
    assert "sign-in" not in answer.url, answer.url
    return browser


def _export(house: House, browser: requests.Session, way: str) -> str:
    before, begun = _memory(house), time.monotonic()
    answer = browser.get(house.url + way, stream=True)
    if answer.status_code != requests.codes.ok:
        return f"| missing: {way} ({answer.status_code}) | | | | | | |"
    rows = sent = 0
    highest, due = before, begun
    for part in answer.iter_content(EVERY_BYTES):
        rows, sent = rows + part.count(b"\n"), sent + len(part)
        if time.monotonic() >= due:
            highest, due = max(highest, _memory(house)), time.monotonic() + SAMPLE_SECONDS
    seconds = time.monotonic() - begun
    told = [f"{number:.0f}" for number in (seconds, sent / 1e6, before, highest, _memory(house))]
    return f"| `{way}` | {rows:,} | {' | '.join(told)} |"


def _memory(house: House) -> float:
    """Return what all processes of the server have in memory, in MB; what they share counts for each."""
    return sum(_resident(pid) for pid in house.processes())


def _resident(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1000 if found else 0.0
