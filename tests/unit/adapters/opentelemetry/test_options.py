"""Opting in to what the GenAI conventions only propose."""

import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from routeiq.adapters.opentelemetry.options import opted_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gen_ai_latest_experimental", True),
        ("http/dup, gen_ai_latest_experimental", True),
        ("http", False),
        ("", False),
    ],
)
def test_proposed_conventions_are_asked_for_by_the_standard_variable(text, expected):
    assert opted_in({"OTEL_SEMCONV_STABILITY_OPT_IN": text}) is expected


def test_without_the_variable_nobody_asked():
    assert opted_in({}) is False
