"""The harness's own plugins: one before all others, which listens and says who requests are of, and two behind them."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

from routeiq_plugin_sdk import EvaluationPolicy, PluginCapability, PluginMetadata, PluginRequest, Principal, hookimpl
from starlette.routing import Mount

NAMES: Final = frozenset({"test-harness", "test-harness-app", "test-harness-evaluation"})
_FAR: Final = 10**9

requested_by: Final[ContextVar[Principal | None]] = ContextVar("routeiq_testing_principal", default=None)
"""Who the request that runs now shall be of."""


class Companion:
    """Starts before the plugins under test, and stops after them."""

    metadata = PluginMetadata(
        name="test-harness", version="0", capabilities={PluginCapability.MIDDLEWARE}, priority=-_FAR
    )

    def __init__(self, on_startup: Callable[[], None]) -> None:
        """Make one.

        Args:
            on_startup: Called when it starts: the event bus is open then, and no other plugin has started.
        """
        self._on_startup = on_startup

    @hookimpl.startup
    def startup(self) -> None:
        """Tell that the others are about to start."""
        self._on_startup()

    # A plugin that authenticates comes later, and has the last word.
    @hookimpl.rewrite(tryfirst=True)
    def rewrite(self, request: PluginRequest) -> PluginRequest | None:
        """Say who makes the request, if the test did."""
        principal = requested_by.get()
        return None if principal is None else request.replace(principal=principal)


class Application:
    """Puts the test's application behind the gateway: its route takes every path, and comes behind all others."""

    metadata = PluginMetadata(
        name="test-harness-app", version="0", capabilities={PluginCapability.ROUTES}, priority=_FAR
    )

    def __init__(self, app: Any) -> None:
        self._app = app

    @hookimpl.register_routes
    def register_routes(self) -> list[Any]:
        """Serve what nobody else does."""
        return [Mount("/", app=self._app)]


class Limits:
    """Lets evaluators be asked by a test: of calls it has none evaluated, unless another plugin says how many."""

    metadata = PluginMetadata(
        name="test-harness-evaluation", version="0", capabilities={PluginCapability.EVALUATOR}, priority=_FAR
    )

    @hookimpl.register_evaluation_policy
    def register_evaluation_policy(self) -> EvaluationPolicy:
        """Give the limits, and no sample."""
        return EvaluationPolicy(sample_rates={})
