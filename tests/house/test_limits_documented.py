"""docs/limits.md says what the code does."""

from portal.config import ROOT
from portal.verification.flood import MOST_ADDRESSES, MOST_REFUSALS, WINDOW_MS
from portal.verification.rates_memory import SLOTS
from portal.verification.rates_redis import ANSWER_SECONDS, RETRY_SECONDS

TEXT = " ".join((ROOT / "docs" / "limits.md").read_text().split())


def test_the_numbers_are_those_of_the_code():
    assert WINDOW_MS == 60_000
    for said in (
        f"more than {MOST_REFUSALS} credentials a minute",
        f"at most {MOST_ADDRESSES:,} addresses",
        f"Up to a count of {SLOTS}",
        f"within {ANSWER_SECONDS:g} s",
        f"every {RETRY_SECONDS:g} s",
    ):
        assert said in TEXT, said
