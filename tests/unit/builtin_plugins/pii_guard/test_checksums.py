"""Checksums: published examples hold, and no single wrong digit does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq_builtin_plugins.pii_guard.checksums import (
    base58_check,
    bech32,
    digits,
    luhn,
    mod_11_10,
    mod_97,
    verhoeff,
    weighted,
)


@pytest.mark.parametrize(
    ("check", "sound"),
    [
        (luhn, "4111111111111111"), (luhn, "378282246310005"), (verhoeff, "2363"), (verhoeff, "999941057058"),
        (mod_11_10, "36574261809"),
    ],
)  # fmt: skip
def test_any_wrong_digit_is_noticed(check, sound):
    numbers = digits(sound)
    assert check(numbers)
    for place, number in enumerate(numbers):
        for other in range(10):
            assert check([*numbers[:place], other, *numbers[place + 1 :]]) == (other == number)


def test_accounts_leave_one_by_97():
    assert mod_97("370400440532013000DE89")
    assert not mod_97("370400440532013001DE89")


@pytest.mark.parametrize(
    ("check", "sound", "wrong"),
    [
        (base58_check, "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "1BoatSLRHtKNngkdXEeobR76b53LETtpyU"),
        (base58_check, "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "z" * 60),
        (bech32, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"),
        (bech32, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "bc1bio"),
    ],
)
def test_wallets_have_their_checksums(check, sound, wrong):
    assert check(sound)
    assert not check(wrong)


@given(st.text(max_size=12))
def test_digits_are_those_of_ascii(text):
    assert digits(text) == [int(one) for one in text if one in "0123456789"]


def test_weights():
    assert weighted([1, 2, 3], (3, 2, 1)) == 10
