"""Figures of one plugin in one phase."""

from routeiq.core.statistics import PhaseStatistics


def test_calls_are_dispatches_less_those_that_ended_before():
    figures = PhaseStatistics("p", "request")
    figures.follow(lambda: 10, ([3], [2]))
    figures.follow(lambda: 5, ())
    assert figures.calls == 10


def test_a_plan_that_is_gone_stays_counted():
    figures = PhaseStatistics("p", "request")

    def counter():
        return 10

    figures.follow(counter, ([1],))
    figures.settle(counter)
    figures.settle(counter)
    assert figures.calls == 9


def test_latencies_are_bounded_by_powers_of_two():
    figures = PhaseStatistics("p", "request")
    for nanoseconds in (900, 1000, 1_000_000):
        figures.cells[0] += nanoseconds
        figures.cells[nanoseconds.bit_length()] += 1
    assert figures.sampled == 3
    assert figures.quantile(0.5) == 1024e-9
    assert 1e-3 <= figures.quantile(0.99) <= 2e-3
    assert round(figures.mean(), 9) == round(1_001_900 / 3 / 1e9, 9)


def test_without_calls_every_figure_is_zero():
    figures = PhaseStatistics("p", "request").to_dict()
    assert figures == {
        "calls": 0, "errors": 0, "timeouts": 0, "audited": 0, "last_error": None,
        "sampled": 0, "latency_mean": 0.0, "latency_p50": 0.0, "latency_p99": 0.0,
    }  # fmt: skip
