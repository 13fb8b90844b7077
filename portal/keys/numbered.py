"""Keys that the portal names: where a name is taken, a number is added."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice

from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.audit.events import Actor
from portal.errors import Refused
from portal.keys import issuing
from portal.keys.issuing import AlreadyIssued, Issued, Wanted
from portal.keys.names import NAME_LIMIT
from portal.keys.peppers import Peppers
from portal.site.settings import SiteSettings

_MOST_OF_ONE_NAME = 99


def issue_numbered(
    session: Session, by: Actor, owner: Person, wanted: Wanted, *, prefix: str, peppers: Peppers, site: SiteSettings
) -> Issued | AlreadyIssued | Refused:
    """Make the key that is wanted, under the first name of "name", "name (2)", … that is free.

    Refuses as `issuing.issue` does; with name-taken only where all of them are.
    """
    answer: Issued | AlreadyIssued | Refused = Refused("name-taken")
    for name in islice(names_after(wanted.name), _MOST_OF_ONE_NAME):
        named = replace(wanted, name=name)
        answer = issuing.issue(session, by, owner, named, prefix=prefix, peppers=peppers, site=site)
        if not (isinstance(answer, Refused) and answer.reason == "name-taken"):
            break
    return answer


def names_after(name: str) -> Iterator[str]:
    """Give "name", "name (2)", "name (3)" and so on, each short enough for a key."""
    yield name
    for number in count(2):
        end = f" ({number})"
        yield name[: NAME_LIMIT - len(end)] + end
