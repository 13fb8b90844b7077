"""Before anything is measured it proves itself: a good key passes, an altered one and a revoked one do not."""

from urllib.parse import urlsplit

import requests

from script.benches.verify_requests import altered, headers
from script.benches.verify_stores import Store
from script.benches.verify_wrk import Failed


def prove(url: str, store: Store) -> None:
    """Ask with a key of each kind of rules, and with those that must be refused.

    Raises:
        Failed: an answer was not the right one.

    """
    for number in (*range(min(len(store.rules), len(store.tokens))), len(store.tokens) - 1):
        token, rule = store.tokens[number], store.rules[number % len(store.rules)]
        said = headers(token, rule)
        expect(url, said, {200}, "a good key")
        if rule.resource is not None and number == 0:
            _prove_rules(url, said)
    rule = store.rules[0]
    expect(url, headers(altered(store.tokens[0]), rule), {401}, "an altered key")
    expect(url, headers(store.revoked, store.rules[-1]), {401}, "a revoked key", reason="revoked")
    expect(url, {}, {401}, "no key")


def _prove_rules(url: str, said: dict[str, str]) -> None:
    """Show that what the proxy says is really judged, each rule of the four."""
    expect(
        url, said | {"X-Portal-Resource": "algo://other/one"}, {403}, "another resource", reason="resource-not-allowed"
    )
    expect(url, said | {"X-Portal-Access": "write"}, {403}, "writing", reason="data-access-denied")
    expect(url, said | {"Origin": "https://example.com"}, {403}, "another page", reason="origin-not-allowed")
    expect(url, said | {"X-Forwarded-For": "203.0.113.9"}, {403}, "another address", reason="address-not-allowed")
    if "RateLimit" not in requests.get(url, headers=said, timeout=10).headers:
        raise Failed("no rate was counted")


def expect(url: str, said: dict[str, str], statuses: set[int], what: str, reason: str = "") -> None:
    """Ask once; raise Failed unless the answer is one of these, for this reason."""
    answer = requests.get(url, headers=said, timeout=10, allow_redirects=False)
    if answer.status_code not in statuses or reason not in answer.headers.get("X-Auth-Reason", ""):
        told = answer.headers.get("X-Auth-Reason", "")
        raise Failed(f"{urlsplit(url).path} answered {what} with {answer.status_code} {told}")
