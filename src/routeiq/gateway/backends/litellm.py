"""The backend for every provider that LiteLLM knows and that does not speak OpenAI's API."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import logging
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import SecretBytes, SecretStr
from routeiq_plugin_sdk import API, Deployment, Headers, Usage

from routeiq.core.attempts import AttemptError
from routeiq.core.dialects import DIALECTS

from ..model_list import ModelEntry

if TYPE_CHECKING:
    from routeiq.adapters.litellm.upstream import LiteLLMReply, LiteLLMUpstream

logger = logging.getLogger(__name__)

_APIS: Final = {dialect.path: dialect.api for dialect in DIALECTS.values()}
# The providers whose own form of an API LiteLLM speaks; elsewhere it would translate, and so do we, alike everywhere.
_RESPONSES: Final = frozenset({"openai", "azure"})
_MESSAGES: Final = frozenset({"anthropic"})
_ROUTING: Final = ("weight", "rpm", "tpm", "num_retries", "max_retries", "timeout", "stream_timeout", "extra_headers")


class LiteLLMBackend:
    """Has LiteLLM answer. It is imported in a thread, since that takes seconds; calls wait for it."""

    def __init__(self, entry: Callable[[Deployment], ModelEntry], entries: Mapping[str, ModelEntry]) -> None:
        """Prepare; nothing is imported before `load`.

        Args:
            entry: Looks up a deployment's settings.
            entries: The deployments that LiteLLM serves, by name.
        """
        self._entry = entry
        self._entries = entries
        self._upstream: LiteLLMUpstream | None = None
        self._loading: asyncio.Task[LiteLLMUpstream] | None = None
        self._failure: str | None = None
        self._arguments: dict[str, dict[str, Any]] = {}

    def load(self) -> None:
        """Begin to import LiteLLM, in a thread; called once, in the event loop."""
        self._loading = asyncio.get_running_loop().create_task(self._load(), name="import litellm")

    async def _load(self) -> LiteLLMUpstream:
        try:
            self._upstream = upstream = await asyncio.to_thread(_imported)
        except Exception as error:
            self._failure = f"LiteLLM cannot be imported: {type(error).__name__}: {error}"
            logger.exception("LiteLLM cannot be imported: its deployments are not served")
            raise
        for name, entry in self._entries.items():
            params = entry.litellm_params
            wrong = None if "*" in params.model else upstream.knows(params.model, params.custom_llm_provider)
            if wrong is not None:
                logger.error("deployment %s: LiteLLM does not know who serves %r: %s", name, params.model, wrong)
        return upstream

    def health(self) -> dict[str, str]:
        """Return what keeps the deployments from being served, by name; nothing once they are."""
        if self._upstream is not None:
            return {}
        state = "loading: LiteLLM is being imported" if self._failure is None else f"failed: {self._failure}"
        return dict.fromkeys(self._entries, state)

    def permitted(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a client's body without LiteLLM's own arguments; a plugin's overrides may set them."""
        reserved = frozenset[str]() if self._upstream is None else self._upstream.reserved
        if reserved.isdisjoint(body):
            return body
        return {name: value for name, value in body.items() if name not in reserved}

    def offers(self, deployment: Deployment, api: API) -> bool:
        """Return whether LiteLLM speaks the provider's own form of an API."""
        apis = self._entry(deployment).apis
        if apis is not None:
            return api in apis
        if api in ("chat", "embedding"):
            return True
        if api == "completion":
            return deployment.provider.startswith("text-completion")
        if api == "responses":
            return deployment.provider in _RESPONSES
        return deployment.provider in _MESSAGES and _has_proxy()

    def lacks(self, deployment: Deployment, api: API) -> None:
        """LiteLLM knows what it offers."""

    async def ready(self) -> None:
        """Wait until LiteLLM is there. Raises AttemptError if it cannot be."""
        if self._upstream is None:
            await self._loaded()

    async def _loaded(self) -> LiteLLMUpstream:
        if self._upstream is not None:
            return self._upstream
        if self._loading is None:
            self.load()
        assert self._loading is not None
        try:
            return await asyncio.shield(self._loading)
        except Exception as error:
            raise AttemptError(503, self._failure or "LiteLLM is not there.", "backend_unavailable") from error

    async def send(
        self, deployment: Deployment, path: str, body: bytes, headers: Headers, *, stream: bool
    ) -> LiteLLMReply:
        """Make one call; returns when there is an answer, or the beginning of a stream."""
        upstream = await self._loaded()
        params = self._entry(deployment).litellm_params
        arguments = {**self._fixed(deployment), **orjson.loads(body)}
        arguments["model"] = _model(deployment, params.custom_llm_provider)
        timeout = (params.stream_timeout or params.timeout) if stream else params.timeout
        if timeout is not None:
            arguments["timeout"] = timeout
        if headers.raw:
            arguments["extra_headers"] = {**dict(headers.items()), **(arguments.get("extra_headers") or {})}
        return await upstream.send(_APIS[path], arguments)

    def cost(self, deployment: Deployment, usage: Usage) -> float | None:
        """Return the price of a call in US dollars by LiteLLM's list, or None."""
        if self._upstream is None:
            return None
        from routeiq.adapters.litellm.prices import cost

        return cost(deployment, usage)

    async def close(self) -> None:
        """Stop waiting for the import; the thread ends by itself."""
        if self._loading is not None and not self._loading.done():
            self._loading.cancel()

    def _fixed(self, deployment: Deployment) -> dict[str, Any]:
        """Return the arguments that a deployment's settings give, worked out once."""
        fixed = self._arguments.get(deployment.name)
        if fixed is None:
            params = self._entry(deployment).litellm_params
            given = {name: value for name, value in params if value is not None and name not in _ROUTING}
            given |= {name: value for name, value in (params.model_extra or {}).items() if value is not None}
            fixed = {name: _revealed(value) for name, value in given.items() if name != "model"}
            if params.extra_headers:
                fixed["extra_headers"] = {
                    name: value.get_secret_value() for name, value in params.extra_headers.items()
                }
            # Attempts are the router's business.
            fixed |= {"num_retries": 0, "max_retries": 0}
            if len(self._arguments) > 10_000:  # names under a wildcard are the clients' choice
                self._arguments.clear()
            self._arguments[deployment.name] = fixed
        return fixed


@functools.cache
def _has_proxy() -> bool:
    """Return whether `litellm[proxy]` is installed: LiteLLM's streams of Anthropic's API import from it."""
    return importlib.util.find_spec("apscheduler") is not None and importlib.util.find_spec("fastapi") is not None


def _model(deployment: Deployment, provider: str | None) -> str:
    if provider is not None or deployment.provider == "litellm":
        return deployment.upstream_model
    return f"{deployment.provider}/{deployment.upstream_model}"


def _revealed(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr | SecretBytes) else value


@functools.cache
def _imported() -> LiteLLMUpstream:
    # Without this LiteLLM asks the network for its price list when it is imported.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    from routeiq.adapters.litellm.upstream import LiteLLMUpstream

    return LiteLLMUpstream()
