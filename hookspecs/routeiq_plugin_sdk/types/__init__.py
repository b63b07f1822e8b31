"""The values that hooks receive and return. All are read-only for plugins: only results change anything."""

from .headers import HeaderItems, Headers
from .llm import API, ChunkKind, Deployment, LLMCall, LLMResponse, StreamChunk, ToolCall, Usage, WindowText
from .request import ClientAddress, ClientCertificate, PluginRequest, Principal
from .response import PluginResponse, Reject, ResponseMetadata
from .tools import EvaluationPolicy, EvaluationResult, Invocation, RemoteCall

__all__ = [
    "API",
    "ChunkKind",
    "ClientAddress",
    "ClientCertificate",
    "Deployment",
    "EvaluationPolicy",
    "EvaluationResult",
    "HeaderItems",
    "Headers",
    "Invocation",
    "LLMCall",
    "LLMResponse",
    "PluginRequest",
    "PluginResponse",
    "Principal",
    "Reject",
    "RemoteCall",
    "ResponseMetadata",
    "StreamChunk",
    "ToolCall",
    "Usage",
    "WindowText",
]
