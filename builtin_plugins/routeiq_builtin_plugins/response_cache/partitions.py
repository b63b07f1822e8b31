"""Who shares answers with whom.

Who is not known by a principal is known by the credentials that its request shows: in a host that checks those itself,
as LiteLLM's Proxy does, two keys are two clients although no plugin names them.
"""

from __future__ import annotations

import hashlib
from typing import Final

from routeiq_plugin_sdk import LLMCall, PluginRequest

from ..calls import tenant_of
from .config import Share

CREDENTIALS: Final = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "x-litellm-api-key", "cookie")


def partition(call: LLMCall, share: Share, tenant: str) -> tuple[str, str]:
    """Return who shares the answer of a call: kind and name, of two that must not share never the same.

    Args:
        call: The call.
        share: How far answers are shared.
        tenant: The field of the principal's metadata that names its tenant; who has none shares by its key.
    """
    if share == "all":
        return "all", ""
    principal = call.principal
    if share == "tenant":
        name = tenant_of(principal, tenant)
        if name is not None:
            return "tenant", name
    if principal is not None:
        return "key", principal.id
    shown = _shown(call.request) if call.request is not None else ""
    return ("shown", shown) if shown else ("nobody", "")


def _shown(request: PluginRequest) -> str:
    """Return a digest of the credentials that a request shows; empty if it shows none."""
    found = [[name, *values] for name in CREDENTIALS if (values := request.headers.get_list(name))]
    return hashlib.sha256(repr(found).encode("utf-8", "replace")).hexdigest() if found else ""
