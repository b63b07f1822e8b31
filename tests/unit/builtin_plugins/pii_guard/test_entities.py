"""What is found, and what only looks like it."""

import pytest

from routeiq_builtin_plugins.matching import Matcher
from routeiq_builtin_plugins.pii_guard.entities import ENTITIES, patterns

ALL = Matcher(patterns(ENTITIES), 64)


def found(text):
    made, end = [], 0
    for match in ALL.matches(text):
        if match.start >= end:
            made.append((match.pattern.owner, text[match.start : match.end]))
            end = match.end
    return made


@pytest.mark.parametrize(
    ("entity", "value"),
    [
        ("EMAIL", "o'neil+news@mail.example.co.uk"), ("EMAIL", "k.müller@exämple.org"), ("PHONE", "+49 (0)30 23125000"),
        ("PHONE", "(212) 555-0123"), ("PHONE", "0171/3920000"), ("PHONE", "0044 20 7946 0958"),
        ("PHONE", "01 99 00 12 34"),
        ("CREDIT_CARD", "4111 1111 1111 1111"), ("CREDIT_CARD", "3782-822463-10005"),
        ("CREDIT_CARD", "4111111111111111"),
        ("IBAN", "DE89 3704 0044 0532 0130 00"), ("IBAN", "GB82WEST12345698765432"), ("US_SSN", "219-12-3456"),
        ("NATIONAL_ID", "12345678Z"), ("NATIONAL_ID", "AB 12 34 56 C"), ("IP_ADDRESS", "203.0.113.7"),
        ("IP_ADDRESS", "2001:db8::8a2e:370:7334"), ("CRYPTO_WALLET", "0x" + "ab" * 20),
        ("SECRET", "ghp_" + "a1b2c3d4e5" * 4),
        ("SECRET", "AKIAIOSFODNN7EXAMPLE"), ("CREDIT_CARD", "\uff14\uff11\uff11\uff111111 11111111".replace(" ", "")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "It is {}.", "({})", "請看{}。", '{{"a":"{}"}}'])
def test_values_are_found_whole_in_any_company(entity, value, around):
    assert found(around.format(value)) == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112", "4444444444444444", "DE89 3704 0044 0532 0130 01", "XX82WEST12345698765432",
        "666-12-3456",
        "v1.2.3.4", "version 10.0.1.2", "1.2.3.4.5", "127.0.0.1", "0.0.0.0", "999.1.1.1", "12:30:45",
        "de:ad:be:ef:00:01",
        "550e8400-e29b-41d4-a716-446655440000", "2026-01-02T10:20:30Z", "978-3-16-148410-0", "@decorator",
        "user@localhost",
        "sk-toggleable__content-container", "3.14159265358979", "1990-1995", "order 1234567890",
        "+1 2", "std::vector", "face::add", "000-000-0000",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_left_alone(text):
    assert [entity for entity, _ in found(text)] == []


def test_only_what_is_asked_for_is_looked_for():
    assert {pattern.owner for pattern in patterns(["EMAIL", "IBAN"])} == {"EMAIL", "IBAN"}


def test_a_long_run_of_digits_takes_time_that_is_linear_in_it():
    assert found("0123456789" * 20_000) == []
