"""The toolkit for tests of plugins: `PluginTestHarness` runs them in the real host, `MockPluginContext` stands for one.

The harness needs the distribution `routeiq`, and nothing of it is imported before a harness is started; everything else
here needs the SDK alone.
"""

from .agent_calls import AgentAnswer, AgentRequest, AgentResult, Agents, AnyAgentAnswer
from .answers import Answer, Upstream, UpstreamAnswer, UpstreamFailure, UpstreamRequest
from .blocking import BlockingPluginTestHarness, BlockingStream, BlockingWebSocket
from .connection import HarnessResponse, HarnessStream, HarnessWebSocket, WebSocketClosed
from .context import MockPluginContext
from .echo import echo_app
from .errors import ArgumentChanged, ConfigRefused, HarnessError, HostNotInstalled, PluginNotStarted
from .events import MockEvents, MockSubscription, MockTimer
from .harness import PluginTestHarness
from .http import OutboundRequest, ScriptedHTTP
from .llm import ScriptedLLM
from .llm_calls import LLMResult
from .metrics import MockMetrics
from .observations import HookCall, LogLine, PluginStatus
from .storage import MockStorage
from .tool_calls import AnyToolAnswer, ToolAnswer, ToolFailure, ToolRequest, ToolResult, ToolServers

__all__ = [
    "AgentAnswer",
    "AgentRequest",
    "AgentResult",
    "Agents",
    "Answer",
    "AnyAgentAnswer",
    "AnyToolAnswer",
    "ArgumentChanged",
    "BlockingPluginTestHarness",
    "BlockingStream",
    "BlockingWebSocket",
    "ConfigRefused",
    "HarnessError",
    "HarnessResponse",
    "HarnessStream",
    "HarnessWebSocket",
    "HookCall",
    "HostNotInstalled",
    "LLMResult",
    "LogLine",
    "MockEvents",
    "MockMetrics",
    "MockPluginContext",
    "MockStorage",
    "MockSubscription",
    "MockTimer",
    "OutboundRequest",
    "PluginNotStarted",
    "PluginStatus",
    "PluginTestHarness",
    "ScriptedHTTP",
    "ScriptedLLM",
    "ToolAnswer",
    "ToolFailure",
    "ToolRequest",
    "ToolResult",
    "ToolServers",
    "Upstream",
    "UpstreamAnswer",
    "UpstreamFailure",
    "UpstreamRequest",
    "WebSocketClosed",
    "echo_app",
]
