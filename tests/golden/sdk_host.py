"""LiteLLM's SDK as a host of the golden trace."""

from .litellm_hosts import sdk_host as host

__all__ = ["host"]
