"""Which requests are measured, and what is added up of them."""

from routeiq.adapters.prometheus.first_token import AddedTime, Sampler


def test_hooks_and_holds_of_a_plugin_add_up():
    added = AddedTime()
    added.hook("request", "a", 10, 15, "passed", None)
    added.hook("llm_stream_window", "a", 20, 21, "failed", ValueError())
    added.held("a", 100, 300)
    added.held("b", 100, 100)
    assert (added.nanoseconds, added.exemplar) == ({"a": 206, "b": 0}, None)


def test_few_requests_are_all_measured_and_of_many_about_one_in_an_interval():
    now = 0.0
    sampler = Sampler(1.0, lambda: now)
    for _ in range(20):
        assert isinstance(sampler(), AddedTime)
        now += 2.5
    measured = 0
    for _ in range(200_000):
        measured += sampler() is not None
        now += 0.001
    assert 150 <= measured <= 250
