"""Routing strategies: in which order a call tries the deployments of its model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeAlias

from .context import PluginContext
from .types import Deployment, LLMCall


class RoutingStrategy(ABC):
    """Orders the deployments of one model for each call, and learns how its attempts went.

    An object belongs to one model, and lives as long as its plugin runs. It is called in the event loop of one worker,
    between a request and its upstream: so its methods are `def`, quick, and need no lock.
    """

    @abstractmethod
    def order(self, call: LLMCall, deployments: Sequence[Deployment], context: PluginContext) -> Sequence[Deployment]:
        """Return the deployments in the order in which the call shall try them.

        Args:
            deployments: What is to be ordered, of those that all strategies admit: in the router's own order (weighted
                shuffle), or as the strategy before this one left them. Those that cool down are not among them, unless
                there are no others.

        Returns:
            The same deployments in another order. Those that are left out are not tried.

        Raises:
            Reject: the call is refused, where none of them may be tried.
        """

    def admits(self, call: LLMCall, deployment: Deployment, context: PluginContext) -> bool:
        """Return whether a call may try a deployment at all: asked of each one before any strategy orders them.

        Those that cool down are asked about as well. Where a strategy admits none, its `order` is asked all the same,
        and raises Reject, or lets them be tried.
        """
        return True

    def began(self, call: LLMCall, deployment: Deployment, context: PluginContext) -> None:  # noqa: B027
        """Learn that an attempt begins; `succeeded` or `failed` follows, unless the call is cancelled."""

    def succeeded(  # noqa: B027 (most strategies need not learn of it)
        self, call: LLMCall, deployment: Deployment, seconds: float, context: PluginContext
    ) -> None:
        """Learn that an attempt was answered.

        Args:
            seconds: Until the whole answer was there; of a stream, until it began.
        """

    def failed(  # noqa: B027
        self, call: LLMCall, deployment: Deployment, exception: Exception, seconds: float, context: PluginContext
    ) -> None:
        """Learn that an attempt failed before the first byte of an answer.

        Args:
            exception: Why; `status_code` and `headers` where the upstream answered.
            seconds: Until it failed.
        """


StrategyFactory: TypeAlias = Callable[[str], RoutingStrategy]
"""Makes the strategy of a model, whose name it is given: once for each model that uses it, at its first call."""
