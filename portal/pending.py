"""What a session collects while jobs run: acted on just before it commits, forgotten when it rolls back."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

Item = TypeVar("Item")


class Pending(Generic[Item]):
    """Items under `name` in each session; `act` gets a session and its items, in the order in which they came."""

    def __init__(self, name: str, act: Callable[[Session, list[Item]], None]) -> None:
        self._name = name
        self._act = act
        event.listen(Session, "before_commit", self._before_commit)
        event.listen(Session, "after_soft_rollback", self._forget)

    def add(self, session: Session, item: Item) -> None:
        """Keep the item until the session's transaction ends."""
        session.info.setdefault(self._name, []).append(item)

    def _before_commit(self, session: Session) -> None:
        items: list[Item] = session.info.pop(self._name, [])
        if items:
            self._act(session, items)

    def _forget(self, session: Session, _previous: Any) -> None:
        session.info.pop(self._name, None)
