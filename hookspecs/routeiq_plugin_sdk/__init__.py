"""RouteIQ plugin SDK: everything an author needs, and nothing a host needs."""

from .context import Counter, Gauge, Histogram, Logger, Metrics, Node, PluginContext, Settings, Shared
from .hookimpl import hookimpl
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
    "Permit",
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
    "StorageUnavailable",
    "StreamChunk",
    "StreamWindow",
    "ToolCall",
    "Usage",
    "WindowText",
    "hookimpl",
]
