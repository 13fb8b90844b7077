"""Fills a database with invented people and keys: believable, the same for the same seed, and quickly.

Time passes in slices. Each is one transaction: who joined in it, which keys were made in it with all that became of
them since, and what happened in it, for the audit trail. Ids, moments and entries therefore rise together, as they do
where a portal has grown, and each index is written near its end. A fill that is killed leaves a database that is whole
as far as it goes, and `begin` says so the next time.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.audit.models import Audit
from portal.devdata.dice import Dice
from portal.devdata.joining import join
from portal.devdata.key_rows import Batch, Rules
from portal.devdata.lives import SPAN_DAYS
from portal.devdata.making import make
from portal.devdata.people import DAY_MS
from portal.devdata.policies import policies
from portal.devdata.pour import widen_cache
from portal.devdata.scene import Scene, Wish
from portal.devdata.usage_rows import add_site, add_usage
from portal.devdata.uses import strangers
from portal.errors import Refused
from portal.site import change

_A_SLICE, _FEWEST_SLICES = 5_000, 20  # the larger, the fewer pages of unordered indexes are written twice
_SUBJECT = "devdata"


class Filling:
    """One fill that has begun. Call `write_next` once for each of its `slices`, each time in a transaction of its own.

    Afterwards `tokens` are those that were asked for; `admin` and `someone` are e-mails to sign in by.
    """

    def __init__(self, scene: Scene) -> None:
        wish = scene.wish
        self._scene = scene
        self._done = 0
        self.slices = max(_FEWEST_SLICES, -(-wish.keys // _A_SLICE), -(-wish.people // _A_SLICE))

    @property
    def tokens(self) -> list[str]:
        """The tokens that were asked for; they are kept nowhere else."""
        return self._scene.tokens

    @property
    def admin(self) -> str:
        """The e-mail of an admin."""
        return self._scene.admin

    @property
    def someone(self) -> str:
        """The e-mail of somebody who is no admin, or nothing."""
        return self._scene.someone

    def write_next(self, session: Session) -> int:
        """Write the next slice of time; return how many people and keys it brought."""
        widen_cache(session)
        scene, wish = self._scene, self._scene.wish
        begins, ends = self._border(self._done), self._border(self._done + 1)
        self._done += 1
        people = -(-wish.people * self._done // self.slices) - scene.people
        keys = wish.keys * self._done // self.slices - scene.keys
        middle = begins + (ends - begins) // 10  # who joins in a slice can have keys in it
        join(session, scene, self._moments(people, begins, middle))
        batch = Batch(scene.now)
        make(session, scene, batch, self._moments(keys, middle, ends))
        batch.write(session)
        unknown = strangers(scene.dice, keys // 10, begins, ends, scene.now)
        add_usage(session, scene, list(batch.folds()), list(unknown))
        trail.seal(session, scene.acts.due(ends))
        return people + keys

    def finish(self, session: Session, by: Actor) -> None:
        """Write what the whole site was used for, and note that the fill is whole."""
        add_site(session, self._scene)
        told = {"keys": self._scene.keys, "people": self._scene.people}
        trail.record(session, Event.DEVDATA_FINISHED, by, _SUBJECT, **told)

    def _border(self, number: int) -> int:
        span = SPAN_DAYS * DAY_MS
        return self._scene.now - span + span * number // self.slices

    def _moments(self, count: int, begins: int, ends: int) -> list[int]:
        return sorted(self._scene.dice.randrange(begins, ends) for _ in range(count))


def begin(session: Session, by: Actor, wish: Wish, *, add: bool = False) -> Filling | Refused:
    """Note that a fill begins, and return it.

    Refuses with devdata-unfinished when an earlier one was stopped half way, and with devdata-people when there are
    people other than the first admin; `add` fills all the same.
    """
    begun, finished = (_entries(session, event) for event in (Event.DEVDATA_BEGUN, Event.DEVDATA_FINISHED))
    people = session.scalar(select(func.count()).select_from(Person)) or 0
    if not add and begun > finished:
        return Refused("devdata-unfinished", {"people": people})
    if not add and (people > 1 or session.scalar(select(func.count()).where(Person.is_admin.is_(False)))):
        return Refused("devdata-people", {"people": people})
    trail.record(session, Event.DEVDATA_BEGUN, by, _SUBJECT, keys=wish.keys, people=wish.people, seed=wish.seed)
    dice = Dice(f"{wish.seed} {begun}")
    rules = [Rules.of(policy) for policy in policies(dice, change.current(session).new_policy())]
    return Filling(Scene(wish, dice, clock.to_milliseconds(clock.now()), rules))


def _entries(session: Session, event: Event) -> int:
    return session.scalar(select(func.count()).select_from(Audit).where(Audit.event == event)) or 0
