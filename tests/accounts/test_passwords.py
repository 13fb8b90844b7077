"""Passwords."""

import time

import pytest

from portal.accounts import passwords
from tests.cast import ALICE, PASSWORD


def test_a_password_opens_its_own_hash_only():
    password_hash = passwords.hash_password(PASSWORD)
    assert passwords.matches(PASSWORD, password_hash)
    assert not passwords.matches(PASSWORD + ".", password_hash)


def test_two_passwords_that_agree_in_72_bytes_are_two_passwords():
    start = "é" * 36
    assert not passwords.matches(start + "b", passwords.hash_password(start + "a"))


@pytest.mark.parametrize("password", ["", "a\x00b", "\ud800", "x" * 10_000, "日本語のパスワード", "ﬁ"])
def test_any_string_can_be_hashed_and_compared(password):
    assert passwords.matches(password, passwords.hash_password(password))


def test_what_follows_a_nul_counts():
    assert not passwords.matches("a\x00c", passwords.hash_password("a\x00b"))


def test_the_same_password_typed_in_two_unicode_forms_is_one():
    assert passwords.matches("u\u0308berlang", passwords.hash_password("überlang"))


def test_nothing_opens_an_account_without_a_password():
    assert not passwords.matches("nobody has this password", None)


@pytest.mark.parametrize(
    ("password", "reason"),
    [("short", "too-short"), ("x" * 129, "too-long"), ("password12", "guessable"), ("1234567890", "guessable"),
     (ALICE, "guessable"), ("aaaaaaaaaaaaaaaa", "guessable")],
)  # fmt: skip
def test_weak_passwords_are_named_as_such(password, reason):
    assert passwords.weakness(password, ALICE) == reason


def test_no_password_takes_long_to_weigh():
    hostile = "8[5@946|+!21!5/{#(@{|<6%17910!5#$5153&%46+%2[2&$55(27<7569(8|7|8#81{4911"
    begun = time.process_time()
    passwords.weakness(hostile, ALICE)
    assert time.process_time() - begun < 0.5  # 72 characters of it took two seconds


@pytest.mark.parametrize("password", [PASSWORD, "x7#kQ9!pLm2v", "日本語のとても長いパスワード", "x7#kQ9!pLm" * 12])
def test_good_passwords_pass(password):
    assert passwords.weakness(password, ALICE) is None
