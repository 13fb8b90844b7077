"""A fill of a few hundred keys."""

from collections.abc import Callable

import pytest

from portal.audit.events import SHELL
from portal.devdata import filling
from portal.devdata.filling import Filling
from portal.devdata.scene import Wish


@pytest.fixture
def wish(peppers) -> Wish:
    return Wish(keys=600, people=60, seed=7, password_hash=b"shared", prefix="ptl", peppers=peppers, tokens=3)


@pytest.fixture
def fill(session, wish) -> Callable[..., Filling]:
    """Fill the database as far as `slices`, or to the end."""

    def do(slices: int | None = None, *, add: bool = False) -> Filling:
        begun = filling.begin(session, SHELL, wish, add=add)
        assert isinstance(begun, Filling), begun
        session.commit()
        for _ in range(begun.slices if slices is None else slices):
            begun.write_next(session)
            session.commit()
        if slices is None:
            begun.finish(session, SHELL)
            session.commit()
        return begun

    return do
