"""All agents of a gateway, by name."""

from __future__ import annotations

from collections.abc import Iterable

from routeiq.core.jsonrpc import METHOD_NOT_FOUND
from routeiq.core.logging import Activity

from .agent import Agent
from .calls import AgentRequest, StreamedAnswer, WholeAnswer, error_answer
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
            return error_answer(error, is_rpc=not is_rest_path(incoming.below))
        agent = self._agents.get(name)
        if agent is None:
            unknown = AgentError(404, METHOD_NOT_FOUND, "AGENT_NOT_FOUND", f"There is no agent {name!r}.")
            return error_answer(unknown, is_rpc=asked.is_rpc, id=asked.id)
        return await AgentRequest(agent, asked, incoming, activity).answer()
