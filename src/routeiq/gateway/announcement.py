"""The first lines of a gateway that has started: where it listens, what it serves, who takes part, what to try."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence

from routeiq.core.records import PluginRecord, PluginState
from routeiq.core.version import host_version

from .settings import GatewaySettings

_NO_FILE = "no file: the embedded model echo, which answers with what it is told"


def announcement(settings: GatewaySettings, addresses: Sequence[str], records: Iterable[PluginRecord]) -> str:
    """Return the lines, for people.

    Args:
        addresses: The base URLs at which the gateway listens.
        records: The plugins' records, as they are after the start.
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
    named = next((model for model in models if "*" not in model), None)
    if named is not None:
        lines.append(f"  try it    {_example(addresses[0], named)}")
    return "\n".join(lines)


def _plugins(records: Sequence[PluginRecord]) -> list[str]:
    active = [record.name for record in records if record.state is PluginState.ACTIVE]
    others = sorted((record for record in records if record.state is not PluginState.ACTIVE), key=lambda one: one.name)
    told = [f"{record.name} is {record.state.value}: {record.reason}" for record in others]
    first, *rest = [", ".join(active) or "none is active", *told]
    return [f"  plugins   {first}", *(f"            {line}" for line in rest)]


def _example(address: str, model: str) -> str:
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hello"}]})
    url = address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    return f"curl {url}/v1/chat/completions -H 'content-type: application/json' -d {shlex.quote(body)}"
