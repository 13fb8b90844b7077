"""Requests that wrk sends, each on one line of a file, its own lines parted by tabs."""

import string
from pathlib import Path

from script.benches.verify_keys import ADDRESS, ORIGIN, Rules

_LETTERS = string.ascii_lowercase


def write(path: Path, tokens: list[str], rules: list[Rules], scheme: str = "Bearer", target: str = "/auth") -> Path:
    """Write a GET for each token and return the path."""
    first = f"GET {target} HTTP/1.1\tHost: localhost"
    told = (headers(token, rules[number % len(rules)], scheme) for number, token in enumerate(tokens))
    lines = ("\t".join([first, *(f"{name}: {value}" for name, value in each.items())]) for each in told)
    path.write_text("\n".join(lines) + "\n")
    return path


def headers(token: str, rule: Rules, scheme: str = "Bearer") -> dict[str, str]:
    """Return what a client sends; where the key has rules, what a trusted proxy says of the request as well."""
    carried = {"Authorization": f"{scheme} {token}"}
    if rule.resource is None:
        return carried
    return carried | {
        "Origin": ORIGIN,
        "X-Forwarded-For": ADDRESS,
        "X-Forwarded-Method": "GET",
        "X-Forwarded-Uri": f"/v1/algo/{rule.resource.partition('://')[2]}",
        "X-Portal-Resource": rule.resource,
        "X-Portal-Access": "read",
    }


def altered(token: str) -> str:
    """Return the token with one letter of its secret changed."""
    at = token.rindex("_") + 5
    return token[:at] + next(letter for letter in _LETTERS if letter != token[at]) + token[at + 1 :]
