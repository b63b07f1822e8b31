"""RouteIQ plugin SDK: everything an author needs, and nothing a host needs.

PYTEST_DONT_REWRITE: the distribution has a plugin for pytest, and pytest would warn where this is imported before it.
"""

from .context import Counter, Gauge, Histogram, Logger, Metrics, Node, PluginContext, Settings, Shared
from .events import Event, Events, Subscription, Timer
from .hookimpl import hookimpl
from .http_client import (
    HTTPClient,
    HTTPResponse,
    OutboundError,
    OutboundRefused,
    OutboundStatus,
    OutboundTimeout,
    RequestOptions,
    StreamedResponse,
)
from .metadata import FailureMode, PluginCapability, PluginMetadata, StreamWindow
from .plugin import GatewayPlugin
from .storage import Permit, Storage, StorageUnavailable
from .types import (
    API,
    ChunkKind,
    ClientAddress,
    ClientCertificate,
    Deployment,
    Headers,
    LLMCall,
    LLMResponse,
    PluginRequest,
    PluginResponse,
    Principal,
    Reject,
    ResponseMetadata,
    StreamChunk,
    ToolCall,
    Usage,
    WindowText,
)

__all__ = [
    "API",
    "ChunkKind",
    "ClientAddress",
    "ClientCertificate",
    "Counter",
    "Deployment",
    "Event",
    "Events",
    "FailureMode",
    "GatewayPlugin",
    "Gauge",
    "HTTPClient",
    "HTTPResponse",
    "Headers",
    "Histogram",
    "LLMCall",
    "LLMResponse",
    "Logger",
    "Metrics",
    "Node",
    "OutboundError",
    "OutboundRefused",
    "OutboundStatus",
    "OutboundTimeout",
    "Permit",
    "PluginCapability",
    "PluginContext",
    "PluginMetadata",
    "PluginRequest",
    "PluginResponse",
    "Principal",
    "Reject",
    "RequestOptions",
    "ResponseMetadata",
    "Settings",
    "Shared",
    "Storage",
    "StorageUnavailable",
    "StreamChunk",
    "StreamWindow",
    "StreamedResponse",
    "Subscription",
    "Timer",
    "ToolCall",
    "Usage",
    "WindowText",
    "hookimpl",
]
