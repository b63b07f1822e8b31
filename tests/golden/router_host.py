"""LiteLLM's Router as a host of the golden trace."""

from .litellm_hosts import router_host as host

__all__ = ["host"]
