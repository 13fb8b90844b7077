"""What a key may do in the data store."""

import pytest

from portal.policy.data_access import DataAccess, Level
from portal.policy.facts import Access, Facts
from portal.policy.reasons import Reason


@pytest.mark.parametrize(("level", "access"), [("read", Access.READ), ("write", Access.READ), ("write", Access.WRITE)])
def test_a_level_allows_its_rights(level, access):
    assert DataAccess.read(level).judge(Facts(access=access)) is None


@pytest.mark.parametrize(("level", "access"), [("none", Access.READ), ("none", Access.WRITE), ("read", Access.WRITE)])
def test_a_level_refuses_every_other(level, access):
    assert DataAccess.read(level).judge(Facts(access=access)) is Reason.DATA_ACCESS_DENIED


@pytest.mark.parametrize("level", Level)
def test_a_request_that_does_not_touch_the_data_is_not_its_business(level):
    assert DataAccess(level).judge(Facts(resource="algo://demo/Hello")) is None


def test_a_key_has_no_access_unless_it_is_given():
    assert DataAccess().level is Level.NONE
