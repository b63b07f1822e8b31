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
            deployments: What is to be ordered: the router's own order (weighted shuffle), or what the strategy before
                this one made of it. Those that cool down are not among them, unless there are no others.

        Returns:
            The same deployments in another order. Those that are left out are not tried.

        Raises:
            Reject: the call is refused, where none of them may be tried.
        """

    def admits(self, call: LLMCall, deployment: Deployment, context: PluginContext) -> bool:
        """Return whether a deployment that cools down may be tried after all others, as the router would do."""
        return True

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
