"""A2A: agents behind the gateway, whose messages and answers plugins see (Agent2Agent protocol 1.0 and 0.3)."""

from .adapter import A2AAdapter
from .agent import Agent
from .answers import StreamedAnswer, WholeAnswer
from .errors import AgentError
from .incoming import Incoming, is_rest_path

__all__ = [
    "A2AAdapter",
    "Agent",
    "AgentError",
    "Incoming",
    "StreamedAnswer",
    "WholeAnswer",
    "is_rest_path",
]
