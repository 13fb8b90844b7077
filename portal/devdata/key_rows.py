"""Invented keys as rows, table by table."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from portal.accounts.models import Banner
from portal.devdata.lives import Life
from portal.devdata.people import DAY_MS, Invented
from portal.devdata.pour import pour, set_last_used
from portal.devdata.uses import Uses
from portal.keys.models import Key, KeyRule, KeySecret
from portal.keys.names import fold_name
from portal.keys.rules import indexed
from portal.policy.policy import Policy
from portal.usage.fold import Fold

_KEY = (
    "id", "public_id", "owner_id", "name", "name_folded", "kind", "created_at", "not_before", "expires_at",
    "paused_at", "paused_by", "paused_reason", "revoked_at", "revoked_by", "revoked_reason", "hidden_at",
    "secret_made_at", "policy", "version", "sign_in_id",
)  # fmt: skip
_TOLD_FOR = 14 * DAY_MS
_SECRET = ("digest", "key_id", "pepper", "made_at", "ends_at")

Row = tuple[Any, ...]


class Rules(NamedTuple):
    """A policy in all the forms in which rows hold it, and a resource that it opens."""

    text: str
    plain: dict[str, Any]
    indexed: tuple[tuple[str, str], ...]
    resource: str

    @classmethod
    def of(cls, policy: Policy) -> "Rules":
        """Return the forms of `policy`."""
        entry = policy.resources.entries[0] if policy.resources.entries else "algo://demo/Hello"
        resource = entry.replace("://*", "://demo/*").replace("/*", "/Hello")
        return cls(policy.to_text(), policy.plain(), tuple(indexed(policy)), resource)


@dataclass(slots=True)
class Made:
    """An invented key, before it is rows."""

    id: int
    public_id: str
    name: str
    owner: Invented
    admin: Invented
    life: Life
    rules: Rules
    uses: Uses
    sign_in_id: int | None

    @property
    def by(self) -> str:
        """Who paused or revoked it, if anybody did."""
        return self.admin.email if self.life.by_admin else self.owner.email

    def row(self) -> Row:
        """Return its row in `key`."""
        life = self.life
        return (
            self.id, self.public_id, self.owner.id, self.name, fold_name(self.name), life.kind, life.created,
            life.not_before, life.expires, *self._stopped(life.paused), *self._stopped(life.revoked), life.hidden,
            life.secret_made, self.rules.text, life.version, self.sign_in_id,
        )  # fmt: skip

    def _stopped(self, at: int | None) -> tuple[int | None, str | None, str | None]:
        return (None, None, None) if at is None else (at, self.by, self.life.reason)


@dataclass(slots=True)
class Batch:
    """The keys of one transaction. Rows are sorted so that each index is walked once, from its beginning to its end."""

    now: int
    keys: list[Made] = field(default_factory=list)
    secrets: list[Row] = field(default_factory=list)

    def write(self, session: Session) -> None:
        """Write the keys and all that belongs to them, but for their use."""
        rules = ((made.id, kind, value) for made in self.keys for kind, value in made.rules.indexed)
        pour(session, Key, _KEY, [made.row() for made in self.keys])
        pour(session, KeySecret, _SECRET, sorted(self.secrets))
        pour(session, KeyRule, ("key_id", "kind", "value"), sorted(rules, key=lambda row: (row[1], row[2], row[0])))
        pour(session, Banner, ("person_id", "kind", "body", "made_at"), self._banners())
        set_last_used(session, ((made.id, *made.uses.last) for made in self.keys if made.uses.last is not None))

    def folds(self) -> Iterator[tuple[Fold, int]]:
        """Yield what the keys were used for."""
        return (fold for made in self.keys for fold in made.uses.folds)

    def _banners(self) -> Iterator[Row]:
        """Yield what owners must be told: that an admin has paused or revoked a key of theirs lately."""
        for made in self.keys:
            life = made.life
            at = (life.revoked or life.paused or 0) if life.by_admin else 0
            if at > self.now - _TOLD_FOR:
                told = {"public_id": made.public_id, "name": made.name, "by": made.by, "reason": life.reason}
                yield made.owner.id, "key-revoked" if life.revoked else "key-paused", json.dumps(told), at
