"""Which calls are under way around the code that runs now: those of LiteLLM inside them are part of them."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .adapter import LiteLLMAdapter
    from .calls import RoutedCall


class Level(NamedTuple):
    """A call of one adapter's that is under way.

    Attributes:
        routed: The Router's call whose attempts are to be seen, or None where calls inside are no attempts.
    """

    adapter: LiteLLMAdapter
    routed: RoutedCall | None


inside: ContextVar[tuple[Level, ...]] = ContextVar("routeiq_litellm_calls", default=())

unseen: ContextVar[bool] = ContextVar("routeiq_litellm_unseen", default=False)
"""Whether calls are none of the adapters' business: a gateway's, whose hooks have run already."""
