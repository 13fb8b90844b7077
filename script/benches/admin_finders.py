"""The finders behind the admin's pages, on a session of either database: what a page asks before it is drawn."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import directory
from portal.accounts.models import Person
from portal.audit import finder as audit_finder
from portal.audit.models import Audit
from portal.keys import listing, of_person
from portal.keys.listing import Turn
from portal.keys.models import Key
from portal.keys.sieve import Address, Order, Sieve
from portal.keys.status import Status
from portal.keys.walks import joined, walk_of
from portal.keyset import Place
from portal.site import change
from portal.site.settings import DAY
from portal.usage import access_log, reports
from portal.usage.models import Access
from portal.usage.series import Span
from portal.usage.tally import SITE
from script.benches.admin_pages import Facts
from script.benches.admin_table import Case

Run = Callable[[], Any]


def cases(open_session: Callable[[], Session], known: Facts) -> Iterator[Case]:
    """Yield every finder with the filters of the pages. Each time reads in a session of its own, as a request does."""

    def timed(row: str, column: str, find: Callable[[Session], object]) -> Case:
        def run() -> None:
            with open_session() as session:
                find(session)

        return Case(row, column, run)

    with open_session() as session:
        site = change.current(session)
        for row, sieve in _sieves(known):
            turns = {"first": None, "middle": _middle(session, sieve), "last": Turn(back=True)}
            for column, turn in turns.items():
                yield timed(row, column, lambda s, sieve=sieve, turn=turn: listing.page(s, sieve, site, turn))
        yield from _people(session, known, timed, site)
        yield from _trail(session, known, timed)
        yield from _records(session, known, timed)
    moment = clock.now()
    yield timed("key: usage of 30 days", "first", lambda s: reports.series(s, known.key.id, Span.MONTH, moment))
    yield timed("site: usage of 30 days", "first", lambda s: reports.series(s, SITE, Span.MONTH, moment))


def _sieves(known: Facts) -> Iterator[tuple[str, Sieve]]:
    everything, moment = Sieve(), clock.now()
    for order in Order:
        yield f"keys sort={order}", replace(everything, order=order)
    single: dict[str, Sieve] = {f"status={status}": Sieve(status=status) for status in Status}
    single |= {f"kind={kind}": Sieve(kind=kind) for kind in ("standard", "management", "session")}
    single |= {f"unused={days}": Sieve(unused_since=moment - days * DAY) for days in (30, 90, 180, 365)}
    single |= {f"before={days} days": Sieve(ends_before=moment + days * DAY) for days in (10, -5000, 5000)}
    addresses = (known.address, "10.1.", "10.1.0.0/16", "2001:db8:7::/48", "8.8.8.8")
    single |= {f"address={text}": Sieve(address=Address.read(text)) for text in addresses}
    texts = (known.public_id, known.public_id[:6], "nightly", "weekly report, lab", "zzzz", "%_\\")
    single |= {f"find={text}": Sieve(find=text) for text in texts}
    owners = (known.robot.email, known.owner.email, "a", "ada.", "nobody@example.com")
    single |= {f"owner={text}": Sieve(owner=text) for text in owners}
    yield from ((f"keys {row}", sieve) for row, sieve in single.items())
    pairs = (
        ("status=active", {"order": Order.NAME}), ("status=revoked", {"order": Order.OWNER_DOWN}),
        ("status=paused", {"order": Order.NAME}), ("status=active", {"unused_since": moment - 180 * DAY}),
        ("status=paused", {"unused_since": moment - 180 * DAY}), ("kind=management", {"status": Status.ACTIVE}),
        ("kind=management", {"status": Status.PAUSED}), ("kind=management", {"status": Status.NO_SECRET}),
        (f"owner={known.robot.email}", {"status": Status.REVOKED}),
        (f"owner={known.robot.email}", {"order": Order.NAME}),
        ("address=10.1.", {"order": Order.NAME}), ("address=10.1.", {"status": Status.EXPIRED}),
        ("unused=365", {"status": Status.ACTIVE, "order": Order.NAME}), ("before=10 days", {"owner": "a"}),
        ("before=10 days", {"order": Order.NAME_DOWN}), ("find=nightly", {"status": Status.EXPIRES_SOON}),
        ("find=nightly", {"order": Order.USED_DOWN}),
    )  # fmt: skip
    for row, more in pairs:
        words = " ".join(f"{name}={getattr(value, 'value', 'half a year')}" for name, value in more.items())
        yield f"keys {row} {words}", replace(single[row], **more)


def _middle(session: Session, sieve: Sieve) -> Turn:
    """Return the turn to the page that begins with the key in the middle of the list, by number."""
    number = (session.scalar(select(func.max(Key.id))) or 0) // 2
    walk = walk_of(sieve.ordering)
    row = session.execute(
        joined(select(Key.id, *walk.columns), walk.joins).where(Key.id >= number).order_by(Key.id).limit(1)
    ).one()
    return Turn(tuple(row[1:]))


def _people(session: Session, known: Facts, timed: Callable[..., Case], site: Any) -> Iterator[Case]:
    middle = session.get(Person, (session.scalar(select(func.max(Person.id))) or 0) // 2)
    at = {"first": {}, "middle": {"after": middle and middle.email_folded}, "last": {"last": True}}
    wishes = {"users": {}} | {f"users show={show}": {"show": show} for show in directory.Show}
    wishes |= {f"users q={text}": {"text": text} for text in ("a", "ada.", "zzz")}
    for row, wish in wishes.items():
        for column, place in at.items():
            asked = directory.Wish(**wish, **place)
            yield timed(row, column, lambda s, asked=asked: _page_of_people(s, asked, site))
    for name, person_id in (("busiest", known.robot.id), ("another", known.key.owner_id)):
        for column, place in {"first": {}, "middle": {"after": known.public_id}, "last": {"last": True}}.items():
            wish = of_person.Wish(**place)
            yield timed(
                f"keys of one person ({name})", column, lambda s, i=person_id, w=wish: of_person.page(s, i, w, site)
            )


def _page_of_people(session: Session, wish: directory.Wish, site: Any) -> None:
    people = directory.page(session, wish).people
    of_person.living_counts(session, [person.id for person in people], site)
    directory.counts(session, wish.text)


def _trail(session: Session, known: Facts, timed: Callable[..., Case]) -> Iterator[Case]:
    middle = (session.scalar(select(func.max(Audit.seq))) or 0) // 2
    since = clock.now() - timedelta(days=100)
    searches: dict[str, dict[str, Any]] = {"": {}, "since": {"since": since}, "until": {"until": since}}
    events = ("key:issued", "key:revoked", "person:disabled", "app:added")
    searches |= {f"event={event}": {"event": event} for event in events}
    searches |= {f"actor={actor}": {"actor": actor} for actor in (known.robot.email, known.owner.email, "nobody")}
    searches |= {"subject": {"subject": known.public_id}, "address": {"address": known.address}}
    searches |= {"address=10.1.": {"address_begins": "10.1."}, "nowhere": {"address": "8.8.8.8"}}
    searches |= {"event=key:revoked, actor": {"event": "key:revoked", "actor": known.robot.email}}
    searches |= {"event=key:issued, address=10.1.": {"event": "key:issued", "address_begins": "10.1."}}
    for words, search in searches.items():
        for column, place in _places((middle,)).items():
            with suppress(TypeError):  # a filter that the finder has no longer
                wish = audit_finder.Search(**search)
                yield timed(f"audit {words}", column, lambda s, w=wish, p=place: audit_finder.page(s, w, p))


def _records(session: Session, known: Facts, timed: Callable[..., Case]) -> Iterator[Case]:
    minutes = session.execute(select(func.min(Access.minute), func.max(Access.minute))).one()
    middle, since = sum(minutes) // 2, clock.now() - timedelta(days=40)
    searches: dict[str, dict[str, Any]] = {"": {}, "since": {"since": since}, "until": {"until": since}}
    searches |= {"person": {"owner_id": known.key.owner_id}, "busiest person": {"owner_id": known.robot.id}}
    searches |= {"key": {"key_id": known.key.id}, "address": {"address": known.address}}
    searches |= {"address=10.1.": {"address_begins": "10.1."}, "nowhere": {"address": "8.8.8.8"}}
    verdicts = (access_log.LET_IN, access_log.REFUSED, "revoked", "quota-exceeded")
    searches |= {f"verdict={verdict}": {"verdict": verdict} for verdict in verdicts}
    searches |= {"resource": {"resource": "algo://demo/Hello"}, "resource begins": {"resource_begins": "algo://nlp/"}}
    for words, search in searches.items():
        for column, place in _places((middle, b"")).items():
            with suppress(TypeError):
                wish = access_log.Search(**search)
                yield timed(f"access {words}", column, lambda s, w=wish, p=place: access_log.page(s, w, p))


def _places(middle: tuple[Any, ...]) -> dict[str, Place]:
    return {"first": Place(), "middle": Place(middle), "last": Place(None, is_newer=True)}
