"""The one table of names: all of them, each once, as the reference page shows them."""

import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from routeiq.adapters.opentelemetry import names

EVENTS = {names.ATTEMPT_FAILED_EVENT, names.HELD_EVENT, names.HOOK_EVENT}
WORDS = {names.SCOPE, names.RUN_GUARDRAIL}
GOLDEN = {
    "request": """
        client.address error.type http.request.method http.request.method_original http.response.status_code http.route
        network.protocol.name network.protocol.version routeiq.aborted routeiq.answered_by routeiq.request.id
        server.address server.port url.path url.scheme user_agent.original
    """,
    "call": """
        error.type gen_ai.input.messages gen_ai.operation.name gen_ai.output.messages gen_ai.provider.name
        gen_ai.request.choice.count gen_ai.request.frequency_penalty gen_ai.request.max_tokens gen_ai.request.model
        gen_ai.request.presence_penalty gen_ai.request.seed gen_ai.request.stream gen_ai.request.temperature
        gen_ai.request.top_k gen_ai.request.top_p gen_ai.response.finish_reasons gen_ai.response.id
        gen_ai.response.model gen_ai.response.time_to_first_chunk gen_ai.usage.cache_read.input_tokens
        gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.usage.reasoning.output_tokens routeiq.aborted
        routeiq.answered_by routeiq.api routeiq.attempts routeiq.call.id routeiq.call.origin routeiq.cost
        routeiq.deployment routeiq.outcome routeiq.plugin routeiq.request.id routeiq.upstream.model
        routeiq.usage.estimated server.address server.port
    """,
    "remote": """
        error.type gen_ai.agent.name gen_ai.operation.name gen_ai.tool.name jsonrpc.request.id mcp.method.name
        mcp.protocol.version mcp.session.id routeiq.aborted routeiq.answered_by routeiq.call.id routeiq.outcome
        routeiq.request.id routeiq.target
    """,
    "hook": """
        error.type gen_ai.guardrail.action.type gen_ai.guardrail.component.name gen_ai.guardrail.target.subtype
        gen_ai.guardrail.target.type gen_ai.guardrail.verdict.code gen_ai.guardrail.verdict.type gen_ai.operation.name
        routeiq.calls routeiq.decision routeiq.duration routeiq.outcome routeiq.phase routeiq.plugin
    """,
    "attempt": "error.type routeiq.attempt routeiq.deployment routeiq.duration",
    "held": "routeiq.duration routeiq.plugin",
    "resource": "routeiq.worker",
    "metrics": "gen_ai.token.type",
}
METRICS = """
    gen_ai.client.operation.duration gen_ai.client.operation.time_to_first_chunk gen_ai.client.token.usage
    gen_ai.invoke_agent.duration gen_ai.server.request.duration gen_ai.server.time_to_first_token
    http.server.request.duration mcp.client.operation.duration mcp.server.operation.duration routeiq.hook.calls
    routeiq.hook.duration routeiq.hook.errors routeiq.hook.samples
"""


@pytest.mark.parametrize("place", GOLDEN)
def test_dashboards_can_rely_on_the_attributes_of(place):
    assert sorted(one.name for one in names.ATTRIBUTES if place in one.places) == GOLDEN[place].split()


def test_dashboards_can_rely_on_the_metrics():
    assert sorted(one.name for one in names.METRICS) == METRICS.split()


def test_every_name_stands_in_the_table_once():
    told = [one.name for one in names.ATTRIBUTES]
    said = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
    assert len(told) == len(set(told))
    assert set(told) == said - EVENTS - WORDS


def test_metrics_are_labelled_by_attributes_of_the_table():
    told = {one.name for one in names.ATTRIBUTES}
    for metric in names.METRICS:
        assert set(metric.attributes) <= told
        assert (metric.buckets is None) == (metric.kind == "counter")
        assert list(metric.buckets or ()) == sorted(metric.buckets or ())
