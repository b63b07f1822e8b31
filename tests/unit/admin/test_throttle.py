"""Guessing is slow, whoever did not guess is not slowed down, and memory is bounded."""

import pytest
from tests.fakes.clock import Clock

from routeiq.admin.throttle import ADDRESSES, BURST, Throttle


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_an_address_may_be_wrong_a_number_of_times_and_then_once_a_second(clock):
    throttle = Throttle(clock)
    for _ in range(BURST):
        assert throttle.wait("1.2.3.4") == 0
        throttle.failed("1.2.3.4")
    assert throttle.wait("1.2.3.4") == 1
    assert throttle.wait("1.2.3.5") == 0
    clock.now += 1
    assert throttle.wait("1.2.3.4") == 0
    throttle.failed("1.2.3.4")
    assert throttle.wait("1.2.3.4") == 1
    clock.now += BURST + 1
    assert throttle.wait("1.2.3.4") == 0


def test_one_network_of_ipv6_is_one_address(clock):
    throttle = Throttle(clock)
    for number in range(BURST):
        throttle.failed(f"2001:db8::{number:x}")
    assert throttle.wait("2001:db8::ffff") == 1
    assert throttle.wait("2001:db8:0:1::1") == 0
    assert throttle.wait("::ffff:1.2.3.4") == 0
    assert throttle.wait("a local socket") == 0


def test_the_addresses_that_were_wrong_last_are_remembered(clock):
    throttle = Throttle(clock)
    for number in range(ADDRESSES + 5):
        throttle.failed(f"host {number}")
    assert len(throttle._spent) == ADDRESSES
    assert "host 0" not in throttle._spent
