"""A policy as a text, and what is kept of it in memory."""

from portal.policy.policy import Policy


def test_a_long_policy_is_not_kept_in_memory():
    short = Policy.read({"resources": ["algo://*"]}).to_text()
    long = Policy.read({"resources": [f"algo://owner/{number}-{'x' * 100}" for number in range(50)]}).to_text()
    assert Policy.from_text(short) is Policy.from_text(short)
    assert Policy.from_text(long) is not Policy.from_text(long)
    assert Policy.from_text(long) == Policy.from_text(long)
