"""A machine that lives the life of a person's keys at random and compares every verdict with a simple model.

The model knows nothing of the code: what a rule admits stands in tables of a few cases, and time is a number of days.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import membership
from portal.accounts.models import Person
from portal.audit.events import SHELL
from portal.errors import Refused
from portal.keys import finder, issuing, lifecycle, rotation, rules
from portal.keys.models import Key
from portal.keys.peppers import Peppers
from portal.policy.facts import Access, Facts
from portal.policy.policy import Policy
from portal.site import change
from portal.verification.verdict import Allowed
from portal.verification.verifier import Verifier

BEGINNING = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LONGEST = {"30": 30, "366": 366}

# What each choice admits, told case by case.
RESOURCES = {
    "all": (["algo://*", "query://*"], {"algo://demo/Hello", "algo://nlp/Count", "query://field/all", None}),
    "demo": (["algo://demo/*"], {"algo://demo/Hello"}),
    "one": (["algo://nlp/Count", "query://field/*"], {"algo://nlp/Count", "query://field/all"}),
    "none": ([], set()),
}
ASKED = ["algo://demo/Hello", "algo://nlp/Count", "query://field/all", None]
ORIGINS = {
    "native": ({"native": True, "hosts": None}, {None}),
    "page": ({"native": False, "hosts": ["*.example.org"]}, {"https://www.example.org"}),
    "both": ({"native": True, "hosts": ["example.org"]}, {None, "https://example.org"}),
}
PAGES = [None, "https://www.example.org", "https://example.org", "https://www.example.org.evil.example", "null"]
NETWORKS = {"any": ([], {"inside", "outside", None}), "ten": (["10.0.0.0/8"], {"inside"})}
PLACES = ["inside", "outside", None]
DATA = {"none": set(), "read": {Access.READ}, "write": {Access.READ, Access.WRITE}}

choices = st.fixed_dictionaries(
    {
        "resources": st.sampled_from(sorted(RESOURCES)),
        "origin": st.sampled_from(sorted(ORIGINS)),
        "networks": st.sampled_from(sorted(NETWORKS)),
        "data": st.sampled_from(sorted(DATA)),
    }
)
lifetimes = st.sampled_from([1, 7, 30, 300])
begins = st.none() | st.sampled_from([0, 2, 40])


def policy_of(chosen: dict[str, str]) -> Policy:
    return Policy.read(
        {
            "resources": RESOURCES[chosen["resources"]][0],
            "origin": ORIGINS[chosen["origin"]][0],
            "networks": NETWORKS[chosen["networks"]][0],
            "data": chosen["data"],
        }
    )


@dataclass
class Model:
    """What is expected of one key."""

    public_id: str
    chosen: dict[str, str]
    created: datetime
    expires: datetime
    not_before: datetime | None
    secrets: list[tuple[str, datetime | None]] = field(default_factory=list)  # with the end of each
    version: int = 1
    paused: bool = False
    revoked: bool = False


class LifeOfKeys(RuleBasedStateMachine):
    """Every act is done to the database and to the model; every verdict must be the same."""

    engine: Engine
    peppers: Peppers
    verifier: Verifier
    people = 0
    addresses = 0

    def __init__(self) -> None:
        super().__init__()
        self.models: list[Model] = []
        self.disabled = False
        self.longest = 366
        self.traveller = time_machine.travel(BEGINNING, tick=False)
        self.clock = self.traveller.start()
        type(self).people += 1
        with self.session() as session:
            person = membership.create(session, SHELL, f"person{self.people}@example.org", None)
            assert isinstance(person, Person)
            change.change(session, SHELL, "longest_days", "366")
            session.commit()
            self.person_id = person.id

    def teardown(self) -> None:
        self.traveller.stop()

    def session(self) -> Session:
        return Session(self.engine, expire_on_commit=False)

    @property
    def now(self) -> datetime:
        return clock.now()

    @rule(chosen=choices, days=lifetimes, begins_in=begins)
    def make(self, chosen: dict[str, str], days: int, begins_in: int | None) -> None:
        expires = self.now + days * DAY
        not_before = None if begins_in is None else self.now + begins_in * DAY
        name = f"key {len(self.models)}"
        wanted = issuing.Wanted(name, policy_of(chosen), expires, not_before)
        with self.session() as session:
            owner = session.get_one(Person, self.person_id)
            site = change.current(session)
            answer = issuing.issue(session, SHELL, owner, wanted, prefix="ptl", peppers=self.peppers, site=site)
            session.commit()
        if days > self.longest or (not_before is not None and not_before >= expires):
            assert isinstance(answer, Refused)
            return
        assert isinstance(answer, issuing.Issued), answer
        model = Model(answer.key.public_id, chosen, self.now, expires, not_before, [(str(answer.token), None)])
        self.models.append(model)

    @precondition(lambda self: self.models)
    @rule(which=st.integers(0), chosen=choices, days=lifetimes, is_late=st.booleans())
    def edit(self, which: int, chosen: dict[str, str], days: int, is_late: bool) -> None:
        model = self.models[which % len(self.models)]
        expires = self.now + days * DAY
        with self.session() as session:
            key = self._key(session, model)
            refusal = rules.change(
                session, SHELL, key, policy=policy_of(chosen), not_before=None, expires_at=expires,
                version=key.version - is_late, site=change.current(session),
            )  # fmt: skip
            session.commit()
        is_too_late = expires > self._longest(model) and expires != model.expires  # an end that is kept is cut instead
        if model.revoked or is_late or self._is_over(model) or is_too_late:
            assert refusal is not None
        else:
            assert refusal is None
            model.chosen, model.not_before, model.expires = chosen, None, min(expires, self._longest(model))

    @precondition(lambda self: self.models)
    @rule(which=st.integers(0), act=st.sampled_from(["pause", "resume", "revoke"]))
    def stop_or_go(self, which: int, act: str) -> None:
        model = self.models[which % len(self.models)]
        with self.session() as session:
            getattr(lifecycle, act)(session, SHELL, self._key(session, model))
            session.commit()
        if not model.revoked:
            model.paused = {"pause": True, "resume": False, "revoke": model.paused}[act]
            model.revoked = act == "revoke"

    @precondition(lambda self: self.models)
    @rule(which=st.integers(0), hours=st.sampled_from([0, 1, 24, 24 * 7, 24 * 90]))
    def rotate(self, which: int, hours: int) -> None:
        model = self.models[which % len(self.models)]
        with self.session() as session:
            overlap_ends = self.now + timedelta(hours=hours) if hours else None
            key, site = self._key(session, model), change.current(session)
            answer = rotation.rotate(session, SHELL, key, overlap_ends, peppers=self.peppers, site=site)
            session.commit()
        if model.revoked or self._is_over(model):
            assert isinstance(answer, Refused)
            return
        assert isinstance(answer, rotation.Rotated), answer
        model.expires = self._end(model)
        self._end_the_secrets_of(model, min(overlap_ends or self.now, model.expires))
        model.secrets.append((str(answer.token), None))

    def _end_the_secrets_of(self, model: Model, overlap_ends: datetime) -> None:
        """In an overlap nothing is known to use the new secret, so that one ends now and the old one works on."""
        working = [index for index, (_, end) in enumerate(model.secrets) if end is None or end > self.now]
        for index in working:
            token, _ = model.secrets[index]
            model.secrets[index] = (token, overlap_ends if index == working[0] else self.now)

    @precondition(lambda self: self.models)
    @rule(which=st.integers(0))
    def end_overlap(self, which: int) -> None:
        model = self.models[which % len(self.models)]
        with self.session() as session:
            rotation.end_overlap(session, SHELL, self._key(session, model))
            session.commit()
        model.secrets = [(token, end and min(end, self.now)) for token, end in model.secrets]

    @rule(disabled=st.booleans())
    def disable_or_enable_the_person(self, disabled: bool) -> None:
        with self.session() as session:
            session.get_one(Person, self.person_id).disabled_at = self.now if disabled else None
            session.commit()
        self.disabled = disabled

    @rule(days=st.sampled_from(sorted(LONGEST)))
    def set_the_ceiling(self, days: str) -> None:
        with self.session() as session:
            change.change(session, SHELL, "default_days", "7")
            assert change.change(session, SHELL, "longest_days", days) is None
            session.commit()
        self.longest = LONGEST[days]

    @rule(hours=st.sampled_from([1, 12, 24, 24 * 8, 24 * 31]))
    def let_time_pass(self, hours: int) -> None:
        self.clock.shift(timedelta(hours=hours))

    @precondition(lambda self: self.models)
    @rule(
        which=st.integers(0), secret=st.integers(0), resource=st.sampled_from(ASKED), page=st.sampled_from(PAGES),
        place=st.sampled_from(PLACES), access=st.none() | st.sampled_from(Access),
    )  # fmt: skip
    def verify(
        self,
        which: int,
        secret: int,
        resource: str | None,
        page: str | None,
        place: str | None,
        access: Access | None,
    ) -> None:
        model = self.models[which % len(self.models)]
        token, end = model.secrets[secret % len(model.secrets)]
        self._compare(model, token, end, place, Facts(origin=page, resource=resource, access=access))

    @invariant()
    def every_secret_is_judged_as_the_model_says(self) -> None:
        for model in self.models[-3:]:
            for token, end in model.secrets[-2:]:
                self._compare(model, token, end, "inside", Facts(any_key=True))

    def _compare(self, model: Model, token: str, end: datetime | None, place: str | None, facts: Facts) -> None:
        verdict = self.verifier.verify(token, facts._replace(address=self._address(place)))
        said = None if isinstance(verdict, Allowed) else verdict.reason.value
        assert said == self._expected(model, end, place, facts), (model, facts)

    def _address(self, place: str | None) -> str | None:
        """Return an address that was not used before: too many refusals from one are another matter."""
        type(self).addresses += 1
        low, high = self.addresses % 65536, self.addresses // 65536
        return {"inside": f"10.{high}.{low >> 8}.{low & 255}", "outside": f"2001:db8:{high:x}:{low:x}::1", None: None}[
            place
        ]

    def _expected(self, model: Model, end: datetime | None, place: str | None, facts: Facts) -> str | None:
        chosen, is_over = model.chosen, self._is_over(model)
        resources, none_stated = RESOURCES[chosen["resources"]][1], facts.resource is None
        asked = not none_stated or (facts.access is None and not facts.any_key)
        objections = {
            "revoked": model.revoked,
            "paused": model.paused,
            "replaced": end is not None and end <= self.now,
            "owner-disabled": self.disabled,
            "not-yet-valid": model.not_before is not None and self.now < model.not_before,
            "expired": is_over,
            "address-not-allowed": place not in NETWORKS[chosen["networks"]][1],
            "origin-not-allowed": facts.origin not in ORIGINS[chosen["origin"]][1],
            "resource-not-allowed": asked and facts.resource not in resources,
            "data-access-denied": facts.access is not None and facts.access not in DATA[chosen["data"]],
        }
        return next((reason for reason, objects in objections.items() if objects), None)

    def _longest(self, model: Model) -> datetime:
        return (model.created + self.longest * DAY).replace(hour=23, minute=59, second=59, microsecond=0)

    def _end(self, model: Model) -> datetime:
        return min(model.expires, self._longest(model))

    def _is_over(self, model: Model) -> bool:
        return self._end(model) <= self.now

    def _key(self, session: Session, model: Model) -> Key:
        key = finder.by_public_id(session, model.public_id)
        assert key is not None
        return key
