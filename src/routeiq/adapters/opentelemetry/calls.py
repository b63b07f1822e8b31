"""An LLM call as its client span has it, by the GenAI conventions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from opentelemetry.trace import Span, Status, StatusCode
from routeiq_plugin_sdk import Deployment, LLMResponse, Reject, Usage

from routeiq.core.attempts import UnknownModelError
from routeiq.core.calls import LogicalCall

from . import names
from .content import input_messages, output_messages
from .failures import error_type, is_failure
from .names import Attributes
from .options import Options

NO_PROVIDER: Final = "routeiq"
"""The provider of a call that reached none: a plugin answered or refused it, or no deployment serves its model."""
OPERATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chat": "chat",
        "completion": "text_completion",
        "embedding": "embeddings",
        "responses": "chat",
        "messages": "chat",
    }
)
# LiteLLM's names of providers, where the conventions have other ones.
_PROVIDERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text-completion-openai": "openai", "custom_openai": "openai", "azure": "azure.ai.openai",
        "azure_text": "azure.ai.openai", "azure_ai": "azure.ai.inference", "bedrock": "aws.bedrock",
        "bedrock_converse": "aws.bedrock", "anthropic_text": "anthropic", "cohere_chat": "cohere",
        "gemini": "gcp.gemini", "vertex_ai": "gcp.vertex_ai", "vertex_ai_beta": "gcp.vertex_ai",
        "mistral": "mistral_ai", "codestral": "mistral_ai", "moonshot": "moonshot_ai", "watsonx": "ibm.watsonx.ai",
        "watsonx_text": "ibm.watsonx.ai", "xai": "x_ai",
    }
)  # fmt: skip
_NUMBERS: Final = (
    (names.REQUEST_MAX_TOKENS, ("max_completion_tokens", "max_tokens", "max_output_tokens"), int),
    (names.REQUEST_TEMPERATURE, ("temperature",), float),
    (names.REQUEST_TOP_P, ("top_p",), float),
    (names.REQUEST_TOP_K, ("top_k",), float),
    (names.REQUEST_FREQUENCY_PENALTY, ("frequency_penalty",), float),
    (names.REQUEST_PRESENCE_PENALTY, ("presence_penalty",), float),
    (names.REQUEST_SEED, ("seed",), int),
)


def span_name(logical: LogicalCall) -> str:
    """Return the name of a call's span."""
    return f"{OPERATIONS[logical.call.api]} {logical.call.model}"


def begun(logical: LogicalCall) -> Attributes:
    """Return what is known of a call when it begins, and a sampler may decide by."""
    call = logical.call
    attributes: Attributes = {names.OPERATION: OPERATIONS[call.api], names.REQUEST_MODEL: call.model}
    if call.stream:
        attributes[names.REQUEST_STREAM] = True
    if call.origin is not None:
        attributes[names.CALL_ORIGIN] = call.origin
    return attributes


def measured(logical: LogicalCall, error: BaseException | None) -> Attributes:
    """Return the attributes of a call's metrics: few, and each of few values.

    Each costs the SDK a microsecond for each figure. The answer's model, which streams do not tell, is left to spans.
    """
    deployment = logical.deployment
    attributes: Attributes = {
        names.OPERATION: OPERATIONS[logical.call.api],
        names.PROVIDER: provider(deployment),
    }
    # A model that nothing serves can have any name: clients must not make series.
    if not isinstance(error, UnknownModelError):
        attributes[names.REQUEST_MODEL] = logical.call.model
    if error is not None:
        attributes[names.ERROR_TYPE] = error_type(error)
    return attributes


def provider(deployment: Deployment | None) -> str:
    """Return the provider of a deployment, in the words of the conventions."""
    return NO_PROVIDER if deployment is None else _PROVIDERS.get(deployment.provider, deployment.provider)


def write_end(
    span: Span, logical: LogicalCall, response: LLMResponse | None, error: BaseException | None, options: Options
) -> None:
    """Write into a span how a call ended."""
    call = logical.call
    attributes: Attributes = {names.API: call.api, names.CALL_ID: call.id, names.ATTEMPTS: call.attempts}
    attributes.update(_deployed(logical.deployment))
    attributes.update(_requested(logical.parameters))
    if call.request is not None:
        attributes[names.REQUEST_ID] = call.request.id
    if call.answered_by is not None:
        attributes[names.ANSWERED_BY] = call.answered_by
    if call.aborted:
        attributes[names.ABORTED] = True
    if logical.first_piece:
        attributes[names.RESPONSE_FIRST_CHUNK] = (logical.first_piece - logical.began) / 1e9
    if response is not None:
        attributes.update(_answered(response))
    if options.content:
        attributes[names.INPUT_MESSAGES] = input_messages(logical.messages)
        if response is not None:
            attributes[names.OUTPUT_MESSAGES] = output_messages(response)
    if error is not None:
        attributes[names.ERROR_TYPE] = error_type(error)
        if isinstance(error, Reject):
            attributes[names.OUTCOME] = "rejected"
            if error.plugin is not None:
                attributes[names.PLUGIN] = error.plugin
    span.set_attributes(attributes)
    if error is not None and is_failure(error):
        span.set_status(Status(StatusCode.ERROR))


def failed_attempt(logical: LogicalCall, error: BaseException, now: int) -> Attributes:
    """Return the attributes of an attempt's event; `now` is a time of `perf_counter_ns`."""
    attributes: Attributes = {
        names.ATTEMPT: logical.call.attempts,
        names.ERROR_TYPE: error_type(error),
        names.DURATION: (now - logical.attempt_began) / 1e9,
    }
    if logical.deployment is not None:
        attributes[names.DEPLOYMENT] = logical.deployment.name
    return attributes


def _deployed(deployment: Deployment | None) -> Attributes:
    attributes: Attributes = {names.PROVIDER: provider(deployment)}
    if deployment is not None:
        attributes[names.DEPLOYMENT] = deployment.name
        attributes[names.UPSTREAM_MODEL] = deployment.upstream_model
        address = urlsplit(deployment.api_base or "")
        if address.hostname:
            attributes[names.SERVER_ADDRESS] = address.hostname
            attributes[names.SERVER_PORT] = address.port or (443 if address.scheme == "https" else 80)
    return attributes


def _requested(parameters: Mapping[str, Any]) -> Attributes:
    attributes: Attributes = {}
    for name, keys, kind in _NUMBERS:
        value = next((parameters[key] for key in keys if parameters.get(key) is not None), None)
        number = _number(value)
        if number is not None:
            attributes[name] = kind(number)
    choices = _number(parameters.get("n"))
    if choices is not None and choices != 1:
        attributes[names.REQUEST_CHOICES] = int(choices)
    return attributes


def _number(value: Any) -> float | None:
    """Return what a client sent as a number, if it is one that can be written down."""
    return value if type(value) in (int, float) and abs(value) < 2**53 else None


def _answered(response: LLMResponse) -> Attributes:
    attributes: Attributes = {names.RESPONSE_FINISH_REASONS: _finish_reasons(response)}
    for name, key in ((names.RESPONSE_ID, "id"), (names.RESPONSE_MODEL, "model")):
        said = _said(response, key)
        if said is not None:
            attributes[name] = said
    if response.cost is not None:
        attributes[names.COST] = response.cost
    if response.usage is not None:
        attributes.update(_used(response.usage))
    return attributes


def _used(usage: Usage) -> Attributes:
    attributes: Attributes = {names.USAGE_INPUT: usage.prompt_tokens, names.USAGE_OUTPUT: usage.completion_tokens}
    if usage.cached_tokens:
        attributes[names.USAGE_CACHED] = usage.cached_tokens
    if usage.reasoning_tokens:
        attributes[names.USAGE_REASONING] = usage.reasoning_tokens
    if usage.estimated:
        attributes[names.USAGE_ESTIMATED] = True
    return attributes


def _finish_reasons(response: LLMResponse) -> Sequence[str]:
    choices = response.raw.get("choices") if response.raw is not None else None
    if isinstance(choices, list) and len(choices) > 1:
        found = [choice.get("finish_reason") for choice in choices if isinstance(choice, Mapping)]
        return [reason for reason in found if isinstance(reason, str)]
    return [response.finish_reason]


def _said(response: LLMResponse, key: str) -> str | None:
    """Return what an upstream's own answer says of itself."""
    said = response.raw.get(key) if response.raw is not None else None
    return said if isinstance(said, str) else None
