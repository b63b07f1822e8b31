"""LiteLLM under plugins: its SDK, its Router and its Proxy, through one adapter."""

from .adapter import LiteLLMAdapter

__all__ = ["LiteLLMAdapter"]
