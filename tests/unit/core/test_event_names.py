"""Which names events may have, and which patterns fit them."""

import re

import pytest

from routeiq.core.event_names import HOST_EVENTS, RESERVED, check_own, check_pattern, fits


@pytest.mark.parametrize("name", ["tick", "my-cache.entry.evicted", "a.b_c.0", "llm-cost.spent", "requests.seen"])
def test_a_plugin_names_its_events_as_it_likes(name):
    check_own("p", name)


@pytest.mark.parametrize("name", [*HOST_EVENTS, "llm", "request.anything", "evaluation.completed", "tool.called"])
def test_names_of_the_host_are_its_own_those_to_come_included(name):
    with pytest.raises(
        ValueError, match=r"plugin 'cache#eu' cannot emit .* such as the plugin's name: 'cache.happened'"
    ):
        check_own("cache#eu", name)


@pytest.mark.parametrize("name", ["", "A", "a b", "a..b", ".a", "a.", "a.*", "*", "a" * 101, "é", None, 7])
def test_what_is_no_name_is_refused_with_an_example(name):
    with pytest.raises(ValueError, match=r"is no name of an event: use at most 100 .* such as 'p.happened'"):
        check_own("p", name)


def test_the_example_for_a_plugin_whose_name_is_reserved_can_be_used():
    with pytest.raises(ValueError, match="llm") as caught:
        check_own("llm", "llm.happened")
    example = re.findall(r"'([^']+)'", str(caught.value))[-1]
    check_own("llm", example)


@pytest.mark.parametrize(
    "pattern", ["*", "llm.*", "llm.call.*", "llm.call.failed", "other.*", "other.thing", "plugin.*"]
)
def test_patterns_are_names_beginnings_and_everything(pattern):
    check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["", "**", "*.failed", "llm.*.failed", "llm*", "llm.", ".*", "LLM.*", None, 3])
def test_a_pattern_of_another_form_is_refused_with_those_that_exist(pattern):
    with pytest.raises(ValueError, match=r"is no pattern of events: .*'llm\.\*', or '\*' for all"):
        check_pattern(pattern)


def test_a_pattern_that_fits_no_event_of_the_host_is_a_mistake():
    with pytest.raises(ValueError, match="has no event 'llm.call.complete'; did you mean 'llm.call.completed'"):
        check_pattern("llm.call.complete")
    with pytest.raises(ValueError, match=r"has no event 'routeiq\.\*': it has request.received, "):
        check_pattern("routeiq.*")


@pytest.mark.parametrize(
    ("pattern", "name", "fitting"),
    [
        ("*", "anything", True),
        ("llm.*", "llm.call.started", True),
        ("llm.*", "llm", False),
        ("llm.*", "llms.call", False),
        ("llm.call.*", "llm.call.started", True),
        ("llm.call", "llm.call.started", False),
        ("llm.call.started", "llm.call.started", True),
    ],
)
def test_what_fits_what(pattern, name, fitting):
    assert fits(pattern, name) is fitting


def test_every_event_of_the_host_begins_with_a_reserved_word():
    assert {name.partition(".")[0] for name in HOST_EVENTS} <= RESERVED
