"""What plans are made of."""

import pytest

from routeiq.core.statistics import PhaseStatistics
from routeiq.core.steps import Step
from routeiq.core.threads import Bulkhead


@pytest.mark.parametrize(
    ("is_async", "offloaded", "suspends"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_a_step_is_awaited_if_it_is_async_or_runs_in_a_thread(is_async, offloaded, suspends):
    bulkhead = Bulkhead("p") if offloaded else None
    step = Step("p", print, (), is_async, None, print, PhaseStatistics("p", "request"), bulkhead=bulkhead)
    assert step.suspends is suspends
