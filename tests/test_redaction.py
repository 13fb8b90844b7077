"""No secret survives being written down, whatever carries it."""

import base64
import json
import string
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.keys.token import PATTERN
from portal.redaction import harmless, one_line, redact, redact_all

BASE62 = string.digits + string.ascii_letters
SECRETS = st.text(BASE62, min_size=36, max_size=36)
TOKENS = st.builds(
    lambda prefix, public, secret: (f"{prefix}_{public}_{secret}", secret),
    st.from_regex(r"[a-z][a-z0-9]{1,15}", fullmatch=True),
    st.text(BASE62, min_size=10, max_size=10),
    SECRETS,
)


def percent(text):
    return "".join(f"%{ord(letter):02X}" for letter in text)


CARRIERS = {
    "plain": lambda token: f"the key {token} was sent",
    "bearer": lambda token: f"Authorization: Bearer {token}",
    "dict": lambda token: str({"Authorization": f"Bearer {token}", "X-API-Key": token}),
    "bytes": lambda token: repr([(b"authorization", f"Bearer {token}".encode())]),
    "environ": lambda token: repr({"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_COOKIE": f"a={token}"}),
    "json": lambda token: json.dumps({"key": token, "within": json.dumps({"api_key": token})}),
    "query": lambda token: f"GET /x?api_key={token}&a=1",
    "underscores": lambda token: f"/x?next={token.replace('_', '%5F')}",
    "small": lambda token: f"/x?next={token.replace('_', '%5f')}",
    "percent": lambda token: f"/{percent(token)}/x",
    "twice": lambda token: f"/x?next={quote(percent(token))}",
    "address": lambda token: f"https://apikey:{token}@host/x",
    "cookie": lambda token: f"Cookie: portal_session={token}; other=1",
    "Base64": lambda token: base64.b64encode(f"apikey:{token}".encode()).decode(),
    "Basic": lambda token: "Basic " + base64.urlsafe_b64encode(f"apikey:{token}".encode()).decode(),
    "glued": lambda token: f"{token},{token};x={token}",
}


@pytest.mark.parametrize("carrier", CARRIERS)
@given(token=TOKENS)
def test_a_token_is_struck_out_of_every_carrier(carrier, token):
    whole, secret = token
    written = redact(CARRIERS[carrier](whole))
    assert secret not in written
    assert percent(secret) not in written
    assert base64.b64encode(f"apikey:{whole}".encode()).decode() not in written
    assert not PATTERN.search(written)


@given(token=TOKENS, kept=st.integers(8, 35))
def test_half_a_token_is_struck_out(token, kept):
    public_id, _, secret = token[0].rpartition("_")
    half = secret[:kept]
    assume(not half.isalpha() or not half.islower())
    assert redact(f"cut off: {public_id}_{half} …") == f"cut off: {public_id}_[secret] …"


def test_the_public_id_stays(alice, issue):
    key, token = issue(alice)
    assert redact(f"before {token} after") == f"before {key.public_id}_[secret] after"


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        ("/invitations/s3cr3t-link", "/invitations/[secret]"),
        ("GET https://h/invitations/s3cr3t?x=1", "GET https://h/invitations/[secret]?x=1"),
        ("https://app.example/in?code=abc123&state=xyz", "https://app.example/in?code=[secret]&state=[secret]"),
        ("password=tidal-orchid", "password=[secret]"),
        ('{"new_password": "tidal orchid"}', None),
        ("{'password': 'tidal orchid ferry'}", None),
        ("postgresql://portal:tidal@db/portal", "postgresql://portal:[secret]@db/portal"),
        ("redis://:tidal@cache/0", "redis://:[secret]@cache/0"),
        ("Set-Cookie: __Host-portal_session=tidal; Path=/", "Set-Cookie: [secret]"),
        ("X-API-Key: tidal", "X-API-Key: [secret]"),
    ],
)
def test_what_stands_where_a_secret_belongs_is_struck_out(line, safe):
    written = redact(line)
    assert "tidal" not in written
    assert "s3cr3t" not in written
    if safe is not None:
        assert written == safe


@pytest.mark.parametrize(
    "line",
    [
        "portal_connection_refused by tests_everything_works", "The password is wrong.", "Basic authentication failed",
        "request method=GET path=/profile/password status=200", "SELECT key.id FROM key WHERE key.digest = ?",
        "exit code=1", "1a2b3c4d5e" * 8, "/static/css/portal.css?v=abc", "100% of 3%", "ptl_7Hq2Wd9xKm was revoked",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(line):
    assert redact(line) == line


def test_a_field_that_is_named_after_a_secret_is_struck_out():
    said = {"password": "tidal", "headers": {"Cookie": "tidal", "Accept": "*/*"}, "number": 3, "rows": [("a", None)]}
    assert redact_all(said) == {
        "password": "[secret]", "headers": {"Cookie": "[secret]", "Accept": "*/*"}, "number": 3, "rows": [["a", None]],
    }  # fmt: skip


def test_nothing_in_a_line_steers_a_terminal():
    assert harmless("a\x9b31m\x1b[2J\x07\x7f\u202eb\r") == r"a\x9b31m\x1b[2J\x07\x7f\u202eb\r"
    assert harmless("é\tü\n日本") == "é\tü\n日本"


@given(text=st.text())
def test_a_value_never_begins_a_line_of_its_own(text):
    assert len(one_line(text).splitlines()) <= 1
