"""What the state machine asks of a call's host: LiteLLM's SDK, which has one place for a call, and its Router."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import litellm
from routeiq_plugin_sdk import Deployment, LLMCall, Usage

from routeiq.core.attempts import AttemptError, Changes, Decision

from .answers import Answer
from .errors import attempt_error
from .prices import cost
from .requests import KeywordRequest

Make = Callable[[dict[str, Any]], Awaitable[Any]]


class SDKHost:
    """One function of the SDK: any model name is a deployment, and each call has one attempt."""

    def __init__(self, request: KeywordRequest, make: Make, answer: Callable[[Any], Answer]) -> None:
        """Make a host.

        Args:
            make: Calls LiteLLM with arguments.
            answer: Makes an attempt's answer of what LiteLLM returned.
        """
        self.request = request
        self._make = make
        self._answer = answer
        self._answered: Answer | None = None

    def deployments(self, model: str) -> Sequence[Deployment]:
        """Return the one place that LiteLLM finds for a model's name."""
        keywords = self.request.keywords
        provider = keywords.get("custom_llm_provider")
        base = keywords.get("api_base") or keywords.get("base_url")
        return (_place(model, provider, base if isinstance(base, str) else None),)

    def deployment(self, name: str) -> Deployment | None:
        """No deployment of the SDK has a name of its own."""
        return None

    async def attempt(self, call: LLMCall, deployment: Deployment, changes: Changes) -> Answer:
        """Call LiteLLM. Raises AttemptError for whatever it raised."""
        asks_usage = self.asks_usage(changes, deployment)
        keywords = self.request.changed(changes, call, asks_usage=asks_usage)
        return await self.made(keywords, asked_usage=asks_usage)

    async def made(self, keywords: dict[str, Any], *, asked_usage: bool) -> Answer:
        """Return the answer to a call of LiteLLM with these arguments. Raises AttemptError for whatever it raised."""
        try:
            answer = self._answer(await self._make(keywords))
        except Exception as exception:
            raise attempt_error(exception) from exception
        answer.asked_usage = asked_usage
        self._answered = answer
        return answer

    def asks_usage(self, changes: Changes, deployment: Deployment | None) -> bool:
        """Return whether a stream's usage is asked for although the caller did not: where the provider knows how."""
        if not changes.wants_usage or self.request.include_usage:
            return False
        if self.request.operation.api == "completion":
            return deployment is not None and deployment.provider in ("openai", "text-completion-openai")
        if self.request.operation.api != "chat" or "mock_response" in self.request.keywords:
            return False
        if deployment is None:
            return True
        return _tells_usage(deployment.upstream_model, deployment.provider)

    def decide(self, error: AttemptError, deployment: Deployment, attempt: int, others: int) -> Decision:
        """Nothing follows: the SDK's own `num_retries` belong to its one attempt."""
        return Decision("stop")

    def attempts_left(self, deployment: Deployment, attempt: int) -> bool:
        """Return False: there is one attempt."""
        return False

    def cost(self, deployment: Deployment, usage: Usage) -> float | None:
        """Return the price in US dollars by LiteLLM's price list, or None for a model that it does not have."""
        told = None if self._answered is None else self._answered.cost
        if told is not None:
            return told
        return cost(deployment, usage)


class RouterHost(SDKHost):
    """LiteLLM's Router: it chooses, retries and falls back; its attempts are seen as they are made.

    Attributes:
        router: The Router itself.
    """

    def __init__(self, router: Any, request: KeywordRequest, make: Make, answer: Callable[[Any], Answer]) -> None:
        super().__init__(request, make, answer)
        self.router = router

    def deployments(self, model: str) -> Sequence[Deployment]:
        """Return the Router's deployments of a model group, those behind wildcards and aliases too."""
        return tuple(_routed(one) for one in self.router.get_model_list(model_name=model) or ())

    def deployment(self, name: str) -> Deployment | None:
        """Return the deployment with that id."""
        found = self.router.get_deployment(model_id=name)
        return None if found is None else _routed(found.model_dump() if hasattr(found, "model_dump") else found)

    def asks_usage(self, changes: Changes, deployment: Deployment | None) -> bool:
        """Return whether a stream's usage is asked for: by what the first of the deployments knows."""
        if deployment is None and changes.wants_usage:
            deployment = next(iter(self.deployments(changes.model)), None)
        return super().asks_usage(changes, deployment)

    def decide(self, error: AttemptError, deployment: Deployment, attempt: int, others: int) -> Decision:
        """Hand the failure to the Router."""
        return Decision("fallback")

    def attempts_left(self, deployment: Deployment, attempt: int) -> bool:
        """Return whether the Router's number of retries allows another attempt."""
        retries = self.request.keywords.get("num_retries")
        if not isinstance(retries, int):
            retries = self.router.num_retries or 0
        return attempt <= retries


def attempt_deployment(keywords: Mapping[str, Any]) -> Deployment:
    """Return the deployment that a Router chose for an attempt, from the arguments that it makes the attempt with."""
    info = keywords.get("model_info")
    info = info if isinstance(info, Mapping) else {}
    metadata = keywords.get("litellm_metadata") or keywords.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    base = keywords.get("api_base")
    place = _place(
        str(keywords.get("model")), keywords.get("custom_llm_provider"), base if isinstance(base, str) else None
    )
    group = metadata.get("model_group") or place.model
    return Deployment(
        str(info.get("id") or group), str(group), place.upstream_model, place.provider, "litellm", place.api_base, info
    )


def _routed(entry: Mapping[str, Any]) -> Deployment:
    params, info = entry.get("litellm_params") or {}, entry.get("model_info") or {}
    place = _place(str(params.get("model")), params.get("custom_llm_provider"), params.get("api_base"))
    name = str(info.get("id") or entry["model_name"])
    model = str(entry["model_name"])
    return Deployment(name, model, place.upstream_model, place.provider, "litellm", place.api_base, info)


@functools.lru_cache(maxsize=1024)
def _place(model: str, provider: str | None, api_base: str | None) -> Deployment:
    """Return the place that a model's name in LiteLLM's form stands for."""
    try:
        upstream_model, found, _, base = litellm.get_llm_provider(
            model, custom_llm_provider=provider, api_base=api_base
        )
    except Exception:  # noqa: BLE001 (LiteLLM says what is wrong with the name when it is called)
        upstream_model, found, base = model, provider or "unknown", None
    return Deployment(model, model, upstream_model, found or "unknown", "litellm", api_base or base)


@functools.lru_cache(maxsize=1024)
def _tells_usage(model: str, provider: str) -> bool:
    try:
        return "stream_options" in (litellm.get_supported_openai_params(model, custom_llm_provider=provider) or ())
    except Exception:  # noqa: BLE001 (a provider that LiteLLM does not know)
        return False
