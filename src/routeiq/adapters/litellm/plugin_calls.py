"""LiteLLM's models as plugins call them: by the Router around their hook where it has the model, else by the SDK."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import litellm
from routeiq_plugin_sdk import API, LLMCall, LLMResponse

from routeiq.core.attempts import Attempt
from routeiq.core.calls import LogicalCall
from routeiq.core.dialects import DIALECTS
from routeiq.core.logging import Activity
from routeiq.core.plans import Plans

from .answers import Answer
from .calls import RoutedCall
from .hosts import RouterHost, SDKHost
from .levels import Level, inside
from .operations import Operation
from .requests import KeywordRequest

if TYPE_CHECKING:
    from .adapter import LiteLLMAdapter

_OPERATIONS: Final[Mapping[API, Operation]] = {
    "chat": Operation("acompletion", "chat", True, ()),
    "embedding": Operation("aembedding", "embedding", True, ()),
}


class LiteLLMModels:
    """What an adapter hands to its plugin manager (`core.plugin_calls.Models`)."""

    def __init__(self, adapter: LiteLLMAdapter) -> None:
        self._adapter = adapter

    async def answer(
        self, plans: Plans, activity: Activity, call: LLMCall, body: dict[str, Any]
    ) -> tuple[LogicalCall, Attempt | LLMResponse]:
        """Open a logical call, and return it with its answer. Raises InvalidRequest for what is no request."""
        operation = _OPERATIONS[call.api]
        DIALECTS[call.api].parse(body)
        router = self._router(call.model)
        function = getattr(litellm if router is None else router, operation.name)

        async def make(keywords: dict[str, Any]) -> Any:
            return await function(**keywords)

        def answered(value: Any) -> Answer:
            return Answer(operation.api, value)

        request = KeywordRequest(operation, body)
        logical: LogicalCall
        routed: RoutedCall | None = None
        if router is None:
            logical = LogicalCall(plans, activity, call, SDKHost(request, make, answered), request)
        else:
            host = RouterHost(router, request, make, answered)
            logical = routed = RoutedCall(plans, activity, call, host, request)
            routed.host = host
        # Alone: to other adapters this is a call of its own, whatever goes on around it.
        levels = inside.set((Level(self._adapter, routed),))
        try:
            return logical, await logical.open()
        finally:
            inside.reset(levels)

    def _router(self, model: str) -> Any:
        """Return the Router that serves a model: of the call around this one, or the Proxy's; None for the SDK."""
        around = [level.routed.host.router for level in inside.get() if level.routed is not None]
        proxy = sys.modules.get("litellm.proxy.proxy_server")
        for router in (*reversed(around), getattr(proxy, "llm_router", None)):
            if router is not None and router.get_model_list(model_name=model):
                return router
        return None
