"""RouteIQ plugin SDK: everything an author needs, and nothing a host needs."""

from .context import Counter, Gauge, Histogram, Logger, Metrics, Node, PluginContext, Settings, Shared, Storage
from .hookimpl import hookimpl
from .metadata import FailureMode, PluginCapability, PluginMetadata
from .plugin import GatewayPlugin
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
)

__all__ = [
    "API",
    "ChunkKind",
    "ClientAddress",
    "ClientCertificate",
    "Counter",
    "Deployment",
    "FailureMode",
    "GatewayPlugin",
    "Gauge",
    "Headers",
    "Histogram",
    "LLMCall",
    "LLMResponse",
    "Logger",
    "Metrics",
    "Node",
    "PluginCapability",
    "PluginContext",
    "PluginMetadata",
    "PluginRequest",
    "PluginResponse",
    "Principal",
    "Reject",
    "ResponseMetadata",
    "Settings",
    "Shared",
    "Storage",
    "StreamChunk",
    "ToolCall",
    "Usage",
    "hookimpl",
]
