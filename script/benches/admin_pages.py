"""The admin's pages in process: each list with its orders and filters, first page, a middle one and the last."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import clock, create_app
from portal.accounts.models import Person
from portal.config import Settings
from portal.data_folder import DataFolder
from portal.extensions import db
from portal.keys.models import Key, KeyLastUsed
from portal.keys.token import Token
from script.benches.admin_table import Case
from tests.cast import PASSWORD
from tests.support.visitor import Visitor

COLUMNS = ("first", "middle", "last")
INWARDS = 4  # pages from the first one to the one that stands for the middle; the finders are asked in the very middle
SORTS = ("name", "owner", "used", "expires", "created")
STATUSES = ("active", "expires-soon", "not-yet-valid", "paused", "expired", "revoked", "no-secret")


ARROWS = {"page-next": "next", "page-last": "last", "page-chevron-right": "next", "page-chevrons-right": "last"}


class _Ways(HTMLParser):
    """The links of a page that lead to the next and to the last page of its list."""

    def __init__(self) -> None:
        super().__init__()
        self.to: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        way = ARROWS.get(attributes.get("id") or "")
        if tag == "a" and way and attributes.get("href"):
            self.to[way] = str(attributes["href"])


class Facts:
    """What is in the database to look for."""

    def __init__(self, session: Session, token: str) -> None:
        busiest = select(Key.owner_id).group_by(Key.owner_id).order_by(func.count().desc()).limit(1)
        self.robot = session.scalars(select(Person).where(Person.id == session.scalar(busiest))).one()
        self.admin = session.scalars(select(Person).where(Person.is_admin, Person.disabled_at.is_(None))).first()
        middle = (session.scalar(select(func.max(Key.id))) or 0) // 2
        self.key = session.scalars(select(Key).where(Key.id >= middle, Key.revoked_at.is_(None)).limit(1)).one()
        self.owner = self.key.owner
        used = select(KeyLastUsed).where(KeyLastUsed.key_id >= middle, KeyLastUsed.used).limit(1)
        self.address = session.scalars(used).one().address or ""
        self.token = token
        self.public_id = Token.parse(token).public_id  # type: ignore[union-attr]


def open_app(folder: DataFolder) -> Flask:
    """Return the portal on that data folder."""
    app = create_app(Settings(PORTAL_DATA_DIR=folder.path))  # type: ignore[call-arg]
    logging.disable()
    return app


def facts(app: Flask, token: str) -> Facts:
    with app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        return Facts(session, token)


def cases(app: Flask, known: Facts) -> Iterator[Case]:
    """Yield every page that is there to be timed, and say which are missing."""
    visitor = Visitor(app.test_client())
    assert visitor.try_password(known.admin.email, PASSWORD).status_code == 303  # noqa: PLR2004
    for path, wishes in _lists(known).items():
        if visitor.get(path).status_code != 200:  # noqa: PLR2004
            print(f"missing: {path}")
            continue
        for wish in wishes:
            yield from _turns(visitor, f"{path}?{urlencode(wish)}" if wish else path)


def _turns(visitor: Visitor, address: str) -> Iterator[Case]:
    """Yield the first page at `address`, and a middle one and the last where there are any."""
    answer = visitor.get(address, follow_redirects=True)
    if answer.status_code != 200:  # noqa: PLR2004
        print(f"status {answer.status_code}: {address}")
        return
    for column, there in {"first": address, **_further(visitor, address)}.items():
        yield Case(_named(address), column, lambda there=there: _open(visitor, there))


def _further(visitor: Visitor, address: str) -> dict[str, str]:
    ways = _ways(visitor, address)
    there, last = ways.get("next", address), ways.get("last")
    for _ in range(INWARDS - 1 if there != address else 0):
        there = _ways(visitor, there).get("next", there)
    return {"middle": there, **({"last": last} if last else {})} if there != address else {}


def _ways(visitor: Visitor, address: str) -> dict[str, str]:
    ways = _Ways()
    ways.feed(visitor.get(address, follow_redirects=True).text)
    return ways.to


def _open(visitor: Visitor, address: str) -> None:
    answer = visitor.get(address, follow_redirects=True)
    assert answer.status_code == 200, (address, answer.status_code)  # noqa: PLR2004
    answer.get_data()


def _named(address: str) -> str:
    path, query = urlsplit(address)[2:4]
    query = re.sub(r"(find|q)=[a-z]+_[0-9A-Za-z]{10}_\w+", r"\1=(a pasted key)", query)
    return f"`{path}{'?' + query if query else ''}`"


def _lists(known: Facts) -> dict[str, list[dict[str, Any]]]:
    return {
        "/admin/": [{}],
        "/admin/keys": list(_of_keys(known)),
        f"/admin/keys/{known.public_id}": [{}],
        "/admin/users": [{}, {"show": "admins"}, {"show": "disabled"}, *({"q": text} for text in ("a", "ada.", "zzz"))],
        f"/admin/users/{known.robot.id}": [{}],
        f"/admin/users/{known.key.owner_id}": [{}],
        "/admin/audit": list(_of_audit(known)),
        "/admin/access": list(_of_access(known)),
    }


def _of_keys(known: Facts) -> Iterator[dict[str, Any]]:
    soon = (clock.now() + timedelta(days=10)).date().isoformat()
    yield {}
    yield from ({"sort": f"{minus}{column}"} for column in SORTS for minus in ("", "-"))
    yield from ({"status": status} for status in STATUSES)
    yield from ({"kind": kind} for kind in ("standard", "management", "session"))
    yield from ({"unused": days} for days in (30, 90, 180, 365))
    yield from ({"before": day} for day in (soon, "2020-01-01", "2099-01-01"))
    near, far = known.address.rpartition(":" if ":" in known.address else ".")[0], "10.1."
    yield from (
        {"address": address} for address in (known.address, near, far, "10.1.0.0/16", "2001:db8:7::/48", "8.8.8.8")
    )
    texts = (known.public_id, known.public_id[:6], known.token, "nightly", "weekly report, lab", "zzzz", "%_\\", "=")
    yield from ({"find": text} for text in texts)
    yield from ({"owner": owner} for owner in (known.robot.email, known.owner.email, "a", "ada.", "nobody@example.com"))
    yield from _pairs(known, soon)


def _pairs(known: Facts, soon: str) -> Iterator[dict[str, Any]]:
    """Yield filters together, rare ones with frequent ones, and orders that are not those of the filter's index."""
    yield from (
        {"status": status, "sort": sort} for status in ("active", "revoked", "paused") for sort in ("name", "-owner")
    )
    yield from ({"status": status, "unused": 180} for status in ("active", "paused", "expires-soon"))
    yield from ({"kind": "management", "status": status} for status in ("active", "paused", "no-secret"))
    yield from (
        {"owner": known.robot.email, **more} for more in ({"status": "revoked"}, {"sort": "name"}, {"unused": 90})
    )
    yield from ({"address": "10.1.", **more} for more in ({"sort": "name"}, {"status": "expired"}, {"unused": 90}))
    yield from ({"find": "weekly", **more} for more in ({"status": "expires-soon"}, {"sort": "-used"}, {"unused": 365}))
    yield from ({"before": soon, **more} for more in ({"kind": "management"}, {"owner": "a"}, {"sort": "-name"}))
    yield {"unused": 365, "status": "active", "sort": "name"}
    yield {"kind": "management", "unused": 30, "address": "8.8."}


def _of_audit(known: Facts) -> Iterator[dict[str, Any]]:
    day = (clock.now() - timedelta(days=100)).date().isoformat()
    yield {}
    yield from ({"event": event} for event in ("key:issued", "key:revoked", "person:disabled", "app:added"))
    yield from ({"actor": actor} for actor in (known.robot.email, known.owner.email, "nobody"))
    yield from ({"subject": subject} for subject in (known.public_id, known.owner.email))
    yield from ({"address": address} for address in (known.address, "10.1.", "8.8.8.8"))
    yield from ({"from": day}, {"to": day}, {"from": day, "event": "key:paused"})
    yield {"event": "key:revoked", "actor": known.robot.email}
    yield {"event": "key:issued", "address": "10.1."}


def _of_access(known: Facts) -> Iterator[dict[str, Any]]:
    day = (clock.now() - timedelta(days=40)).date().isoformat()
    yield {}
    yield from ({"person": person} for person in (known.robot.email, known.owner.email, "nobody"))
    yield {"key": known.public_id}
    yield from ({"address": address} for address in (known.address, "10.1.", "203.0.113.1"))
    yield from ({"verdict": verdict} for verdict in ("let-in", "refused", "revoked", "quota-exceeded"))
    yield from ({"resource": resource} for resource in ("algo://demo/Hello", "algo://nlp/", "query://none"))
    yield from ({"from": day}, {"to": day}, {"to": day, "verdict": "refused"})
