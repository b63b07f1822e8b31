"""All agents of a gateway, by name."""

from __future__ import annotations

from collections.abc import Iterable

from routeiq.core.jsonrpc import METHOD_NOT_FOUND
from routeiq.core.logging import Activity

from .agent import Agent
from .answers import Binding, StreamedAnswer, WholeAnswer
from .calls import AgentRequest
from .errors import AgentError
from .incoming import Incoming, is_rest_path, read


class A2AAdapter:
    """Passes requests to agents through the phases `agent_pre_call` and `agent_post_call`."""

    def __init__(self, agents: Iterable[Agent]) -> None:
        """Know these agents."""
        self._agents = {agent.name: agent for agent in agents}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the agents."""
        return tuple(self._agents)

    async def answer(self, name: str, incoming: Incoming, activity: Activity) -> WholeAnswer | StreamedAnswer:
        """Return what a client gets for a request to an agent, errors included.

        Args:
            name: The agent's.
            activity: The HTTP request's.
        """
        try:
            asked = read(incoming)
        except AgentError as error:
            return Binding(not is_rest_path(incoming.below)).error(error)
        agent = self._agents.get(name)
        if agent is None:
            unknown = AgentError(404, METHOD_NOT_FOUND, "AGENT_NOT_FOUND", f"There is no agent {name!r}.")
            return asked.binding.error(unknown)
        return await AgentRequest(agent, asked, incoming, activity).answer()
