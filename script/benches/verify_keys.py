"""Keys to verify: many, random, written straight into the tables, with the rules that a figure asks for."""

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import passwords
from portal.accounts.models import Person
from portal.devdata.pour import pour, reserve, widen_cache
from portal.keys.models import Key, KeyRule, KeySecret
from portal.keys.names import fold_name
from portal.keys.peppers import Peppers
from portal.keys.rules import indexed
from portal.keys.token import ALPHABET, PUBLIC_LENGTH, SECRET_LENGTH, Token
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings
from tests.cast import PASSWORD

PEOPLE, POLICIES, SLICE = 1_000, 50, 20_000
DAY_MS = 86_400_000
ADDRESS, ORIGIN = "192.0.2.7", "https://app.example.net:8443"
_KEY = (
    "id", "public_id", "owner_id", "name", "name_folded", "kind", "created_at", "expires_at", "revoked_at",
    "secret_made_at", "policy", "version",
)  # fmt: skip
_PERSON = ("id", "email", "email_folded", "password_hash", "is_admin", "created_at")

_chance = random.SystemRandom()


class Rules(NamedTuple):
    """A policy, and a resource that it opens by the last entry of its list."""

    policy: Policy
    resource: str | None


def default_rules() -> list[Rules]:
    """Return what a new key may do."""
    return [Rules(SiteSettings().new_policy(), None)]


def full_rules() -> list[Rules]:
    """Return fifty policies of ten resources, three hosts, three networks and a rate that refuses nobody."""
    return [_full(number) for number in range(POLICIES)]


def _full(number: int) -> Rules:
    resources = [f"algo://nlp-{number}/*", *(f"algo://demo-{number}/algorithm-{each}" for each in range(9))]
    policy = Policy.read({
        "resources": resources,
        "origin": {"native": False, "hosts": [f"team-{number}.example.org", "*.example.org", "app.example.net:8443"]},
        "networks": [f"10.{number}.0.0/16", "2001:db8::/32", "192.0.2.0/24"],
        "data": "read",
        "rate": "1000000/second",
    })  # fmt: skip
    return Rules(policy, resources[-1])


def email(number: int) -> str:
    """Return the address of the person of that number; their password is that of the cast of the tests."""
    return f"person-{number}@example.org"


def fill(session: Session, peppers: Peppers, keys: int, rules: list[Rules]) -> Iterator[list[str]]:
    """Write people and that many keys, and one that is revoked; yield the tokens, slice by slice, to be committed.

    Key number n has the rules of number n modulo their count. The revoked key comes last.
    """
    widen_cache(session)
    owners = _people(session)
    made = 0
    while made < keys:
        count = min(SLICE, keys - made)
        yield _write(session, peppers, rules, owners, first=made, count=count)
        made += count
    yield _write(session, peppers, rules, owners, first=made, count=1, revoked=True)


def _people(session: Session) -> list[int]:
    ids, now, password = reserve(session, Person, PEOPLE), clock.now_ms(), passwords.hash_password(PASSWORD)
    rows = ((id_, email(number), email(number), password, number == 0, now) for number, id_ in enumerate(ids))
    pour(session, Person, _PERSON, rows)
    return ids


def _write(
    session: Session, peppers: Peppers, rules: list[Rules], owners: list[int], *, first: int, count: int,
    revoked: bool = False,
) -> list[str]:  # fmt: skip
    now = clock.now_ms()
    tokens = [_token() for _ in range(count)]
    texts = [rule.policy.to_text() for rule in rules]
    apart = [list(indexed(rule.policy)) for rule in rules]
    keys: list[tuple[Any, ...]] = []
    secrets: list[tuple[Any, ...]] = []
    of_rules: list[tuple[Any, ...]] = []
    for number, key_id in enumerate(reserve(session, Key, count), first):
        token, which = tokens[number - first], number % len(rules)
        name, owner = f"key {number}", owners[number % len(owners)]
        end = now + 90 * DAY_MS
        keys.append((key_id, token.public_id, owner, name, fold_name(name), "standard", now, end,
                     now if revoked else None, now, texts[which], 1))  # fmt: skip
        pepper, digest = peppers.digests(str(token))[0]
        secrets.append((digest, key_id, pepper, now, None))
        of_rules += [(key_id, *rule) for rule in apart[which]]
    pour(session, Key, _KEY, keys)
    pour(session, KeySecret, ("digest", "key_id", "pepper", "made_at", "ends_at"), sorted(secrets))
    pour(session, KeyRule, ("key_id", "kind", "value"), sorted(of_rules, key=lambda row: (row[1], row[2], row[0])))
    return list(map(str, tokens))


def _token() -> Token:
    """Return a token as the portal mints it, from fewer questions to the kernel."""
    letters = "".join(_chance.choices(ALPHABET, k=PUBLIC_LENGTH + SECRET_LENGTH))
    return Token(f"ptl_{letters[:PUBLIC_LENGTH]}", letters[PUBLIC_LENGTH:])
