"""Making a key where there is no fixture for it."""

from datetime import timedelta

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person
from portal.audit.events import SHELL
from portal.keys import issuing
from portal.keys.peppers import Peppers
from portal.site.settings import SiteSettings


def issue_key(session: Session, owner: Person, name: str, peppers: Peppers) -> issuing.Issued:
    site = SiteSettings()
    wanted = issuing.Wanted(name, site.new_policy(), clock.now() + timedelta(days=90))
    answer = issuing.issue(session, SHELL, owner, wanted, prefix="ptl", peppers=peppers, site=site)
    assert isinstance(answer, issuing.Issued), answer
    return answer
