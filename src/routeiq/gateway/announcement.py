"""The first lines of a gateway that has started: where it listens, what it serves, who takes part, what to try."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from typing import Final

from routeiq.core.records import PluginRecord, PluginState
from routeiq.core.version import host_version

from .access import AdminAccess
from .settings import GatewaySettings

ADMIN: Final = "/admin"
"""Where the admin API is mounted."""

_NO_FILE = "no file: the embedded model echo, which answers with what it is told"


def announcement(
    settings: GatewaySettings,
    addresses: Sequence[str],
    records: Iterable[PluginRecord],
    access: AdminAccess | None = None,
) -> str:
    """Return the lines, for people.

    Args:
        addresses: The base URLs at which the gateway listens.
        records: The plugins' records, as they are after the start.
        access: Who may use the admin API, if that is served.
    """
    workers = settings.server.workers
    proxy = settings.server.litellm_proxy
    models = [] if proxy else list(dict.fromkeys(entry.model_name for entry in settings.model_list))
    lines = [
        f"routeiq {host_version()} serves {', '.join(addresses)}" + (f" with {workers} workers" if workers > 1 else ""),
        f"  settings  {settings.source or ('no file' if proxy else _NO_FILE)}",
        f"  models    {'those of the LiteLLM Proxy' if proxy else ', '.join(models) or 'none'}",
        *_plugins(list(records)),
    ]
    if access is not None:
        token = f"  token {access.printed}" if access.printed is not None else ""
        lines.append(f"  admin     {_reachable(addresses[0])}{ADMIN}{token}")
    named = next((model for model in models if "*" not in model), None)
    if named is not None:
        lines.append(f"  try it    {_example(addresses[0], named)}")
    return "\n".join(lines)


def _plugins(records: Sequence[PluginRecord]) -> list[str]:
    active = [record.name for record in records if record.state is PluginState.ACTIVE]
    # Those that are disabled are as they are meant to be: their names are enough.
    disabled = sorted(record.name for record in records if record.state is PluginState.DISABLED)
    fine = (PluginState.ACTIVE, PluginState.DISABLED)
    others = sorted((record for record in records if record.state not in fine), key=lambda one: one.name)
    told = [f"{record.name} is {record.state.value}: {record.reason}" for record in others]
    told += [f"disabled: {', '.join(disabled)} (routeiq plugin list)"] if disabled else []
    first, *rest = [", ".join(active) or "none is active", *told]
    return [f"  plugins   {first}", *(f"            {line}" for line in rest)]


def _example(address: str, model: str) -> str:
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hello"}]})
    url = f"{_reachable(address)}/v1/chat/completions"
    return f"curl {url} -H 'content-type: application/json' -d {shlex.quote(body)}"


def _reachable(address: str) -> str:
    """Return an address of this machine for one that stands for all of its addresses."""
    return address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
