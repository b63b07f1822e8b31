"""The phases that hosts fire, and what each plan takes: type checkers check hosts as well as plugins.

Generated from the hook specifications by tools/generate_typing.py: change those, and run it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from routeiq_plugin_sdk.llm import Messages, Parameters
from routeiq_plugin_sdk.types.llm import Deployment, LLMCall, LLMResponse, StreamChunk, WindowText
from routeiq_plugin_sdk.types.request import PluginRequest
from routeiq_plugin_sdk.types.response import ResponseMetadata
from routeiq_plugin_sdk.types.tools import Invocation, RemoteCall

from .dispatch import Plan
from .logging import Activity


class PhasePlans:
    """One attribute for each phase: a plan, or None where no active plugin implements it."""

    rewrite: Plan[[PluginRequest, Activity]] | None
    authenticate: Plan[[PluginRequest, Activity]] | None
    request: Plan[[PluginRequest, Activity]] | None
    request_body: Plan[[PluginRequest, bytes, Activity]] | None
    request_chunk: Plan[[PluginRequest, bytes, bool, Activity]] | None
    error: Plan[[PluginRequest, Exception, Activity]] | None
    response_headers: Plan[[PluginRequest, ResponseMetadata, Activity]] | None
    response_body: Plan[[PluginRequest, ResponseMetadata, bytes, Activity]] | None
    response_chunk: Plan[[PluginRequest, ResponseMetadata, bytes, bool, Activity]] | None
    response: Plan[[PluginRequest, ResponseMetadata, Activity]] | None
    websocket_message: Plan[[PluginRequest, str | bytes, bool, Activity]] | None
    pre_routing: Plan[[LLMCall, Sequence[Deployment], Activity]] | None
    post_routing: Plan[[LLMCall, Deployment, Activity]] | None
    attempt_failed: Plan[[LLMCall, Deployment, Exception, int, Activity]] | None
    llm_pre_call: Plan[[LLMCall, str, Messages, Parameters, Activity]] | None
    llm_stream_chunk: Plan[[LLMCall, str, StreamChunk, Parameters, bool, Activity]] | None
    llm_stream_window: Plan[[LLMCall, WindowText, bool, Activity]] | None
    llm_success: Plan[[LLMCall, str, LLMResponse, Parameters, Activity]] | None
    llm_failure: Plan[[LLMCall, str, BaseException, Parameters, Activity]] | None
    tool_pre_call: Plan[[RemoteCall, str, str, Mapping[str, Any], Activity]] | None
    tool_post_call: Plan[[RemoteCall, str, str, Mapping[str, Any], Mapping[str, Any], Activity]] | None
    agent_pre_call: Plan[[RemoteCall, str, Mapping[str, Any], Activity]] | None
    agent_post_call: Plan[[RemoteCall, str, Mapping[str, Any], Mapping[str, Any], Activity]] | None
    evaluate: Plan[[Invocation, Activity]] | None
