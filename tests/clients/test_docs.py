"""Nothing in docs/clients.md is untrue: its programs run as they stand."""

import re
import shutil

import pytest

from portal.config import ROOT

PAGE = (ROOT / "docs" / "clients.md").read_text()
PARTS = dict(re.findall(r"^## (\w+)$\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
SHOWN = {
    "Alveo": ("Log of the harbour of Brest", "survey boat"),
    "Algorithmia": ("Hello portal", "hello.txt", "Every account sees this file.", "Haar", "alice@example.org"),
    "LabKey": ("alice@example.org", "Brest 7.12"),
    "CloudMC": ("['sandbox']",),
}
REVOKED = {
    "Alveo": '"error": "This key was revoked for good.',
    "Algorithmia": "Non-Algorithm related Failure: <Response [401]>",
    "LabKey": "RequestAuthorizationError: 401: This key was revoked for good.",
    "CloudMC": "401 Client Error",
}
REFUSED = {
    "Alveo": "This key does not open this resource. Its owner can add it to the key's list.",
    "Algorithmia": "Non-Algorithm related Failure: <Response [403]>",
    "LabKey": "ServerContextError: 403: This key does not open this resource. Its owner can add it to the key's list.",
}
CURL_SAYS = {"Algorithmia": ["Hello portal"], "LabKey": ["alice@example.org"], "CloudMC": ["sandbox", "notebook"]}


def blocks(family, language):
    return re.findall(rf"```{language}\n(.*?)```", PARTS[family], re.DOTALL)


def test_each_family_has_a_program():
    assert all(len(blocks(family, "python")) == 1 for family in SHOWN)
    assert {family: blocks(family, "sh")[0].count("curl ") for family in CURL_SAYS} == {
        family: len(said) for family, said in CURL_SAYS.items()
    }


@pytest.mark.parametrize("family", SHOWN)
def test_its_program_shows_what_there_is_and_fails_once_the_key_is_revoked(desk, key, revoke, family):
    (program,), token = blocks(family, "python"), key()
    done = desk.python(program, token)
    assert (done.returncode, done.stderr) == (0, "")
    assert [text for text in SHOWN[family] if text not in done.stdout] == []
    revoke()
    done = desk.python(program, token)
    assert (done.returncode, done.stdout) == (1, "")
    assert REVOKED[family] in done.stderr


@pytest.mark.parametrize("family", REFUSED)
def test_its_program_is_refused_what_its_key_does_not_open(desk, narrow, family):
    done = desk.python(blocks(family, "python")[0], narrow)
    assert (done.returncode, REFUSED[family] in done.stderr) == (1, True)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize("family", CURL_SAYS)
def test_its_calls_with_curl_work(desk, key, family):
    commands, token = blocks(family, "sh")[0].strip().splitlines(), key()
    for command, said in zip(commands, CURL_SAYS[family], strict=True):
        done = desk.run("bash", "-c", command, PORTAL_API_ENDPOINT=desk.endpoint, PORTAL_API_KEY=token)
        assert (done.returncode, said in done.stdout) == (0, True)
