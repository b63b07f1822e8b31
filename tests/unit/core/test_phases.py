"""The phases as the specifications declare them."""

from routeiq.core.phases import load_phases


def test_every_phase_is_complete_and_context_is_bound_by_the_plan():
    phases = load_phases()
    assert {
        "startup",
        "authenticate",
        "request_body",
        "pre_routing",
        "llm_stream_chunk",
        "llm_stream_window",
        "llm_failure",
        "tool_pre_call",
        "evaluate",
    } <= set(phases)
    for name, phase in phases.items():
        assert phase.name == name
        assert "context" not in phase.arguments
        assert set(phase.carries) <= set(phase.arguments)
        assert set(phase.ends) <= set(phase.returns)
        assert phase.kind in ("observe", "collect", "first", "chain")
        assert phase.native or phase.kind != "collect" or phase.name == "evaluate"


def test_outbound_phases_are_those_of_the_contract():
    outbound = {name for name, phase in load_phases().items() if phase.outbound}
    assert outbound == {
        "shutdown", "response_headers", "response_body", "response_chunk", "response", "llm_stream_chunk",
        "llm_stream_window", "llm_success", "llm_failure", "tool_post_call", "agent_post_call",
    }  # fmt: skip


def test_each_call_gives_a_value_of_its_own():
    assert load_phases() is not load_phases()
    assert load_phases() == load_phases()
