"""Signals wait until they are taken, and their former handlers come back."""

import select
import signal

from routeiq.gateway.signals import caught


def test_signals_wait_in_order_and_wake_who_waits():
    with caught(signal.SIGUSR1, signal.SIGUSR2) as signals:
        assert signals.take() == []
        for number in (signal.SIGUSR2, signal.SIGUSR1, signal.SIGUSR2):
            signal.raise_signal(number)
        assert select.select([signals.fileno()], [], [], 5)[0]
        assert signals.take() == [signal.SIGUSR2, signal.SIGUSR1, signal.SIGUSR2]
        assert select.select([signals.fileno()], [], [], 0)[0] == []


def test_handlers_are_put_back():
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
    try:
        with caught(signal.SIGUSR1):
            signal.raise_signal(signal.SIGUSR1)
        assert seen == []
        signal.raise_signal(signal.SIGUSR1)
        assert seen == [1]
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_more_signals_than_fit_do_no_harm():
    with caught(signal.SIGUSR1) as signals:
        for _ in range(10_000):
            signal.raise_signal(signal.SIGUSR1)
        assert set(signals.take()) == {signal.SIGUSR1}
