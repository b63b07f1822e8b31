"""Agents by name."""

from routeiq.adapters.a2a import A2AAdapter, Agent


async def test_an_agent_that_does_not_exist_is_an_error_of_the_binding(ask, agents):
    got = await ask({"method": "SendMessage", "id": "7"}, name="other")
    assert (got.status, got.body["id"], got.body["error"]["message"]) == (200, "7", "There is no agent 'other'.")
    got = await ask({"message": {}}, name="other", below="/message:send")
    assert (got.status, got.body["error"]["status"]) == (404, "NOT_FOUND")
    assert agents.sent == []


async def test_what_cannot_be_read_is_told_in_the_shape_that_the_path_shows(ask):
    assert (await ask(b"{")).body["error"]["code"] == -32700
    got = await ask(b"{", below="/message:send")
    assert (got.status, got.body["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_the_names_are_those_of_the_settings(agents):
    assert A2AAdapter(Agent(name, "http://agent.test", agents) for name in "ab").names == ("a", "b")
