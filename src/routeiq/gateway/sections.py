"""LiteLLM's sections of a settings file: what is honoured, and a warning for each key that is not.

A key that LiteLLM knows and the gateway does not must not stop it: the file is the same for both. But nobody should
believe that it has an effect.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from .model_list import HONOURED_PARAMS, Seconds, Tries

Document = dict[str, Any]

IGNORED_SECTIONS: Final = frozenset(
    {
        "assistant_settings", "callback_settings", "credential_list", "environment_variables", "files_settings",
        "finetune_settings", "guardrails", "include", "mcp_tools", "pass_through_endpoints",
        "prompts", "search_tools", "vector_store_registry",
    }
)  # fmt: skip
"""Whole sections of LiteLLM's that mean nothing here."""

# Where a LiteLLM-wide setting belongs among those of the router.
_LITELLM_SETTINGS: Final = {
    "num_retries": "num_retries",
    "request_timeout": "timeout",
    "allowed_fails": "allowed_fails",
}
_UNPROTECTED: Final = (
    "general_settings.master_key is not honoured: requests are NOT authenticated by it; activate a plugin with the"
    " capability auth_provider"
)


SHUFFLE: Final = "simple-shuffle"
# LiteLLM's strategies that the router does not have; any other name is a plugin's.
_LITELLM_STRATEGIES: Final = frozenset(
    {
        "cost-based-routing", "latency-based-routing", "least-busy", "usage-based-routing", "usage-based-routing-v2",
        "provider-budget-routing",
    }
)  # fmt: skip
StrategyNames = Annotated[str, Field(min_length=1)] | Annotated[list[str], Field(min_length=1)]


class RouterSettings(BaseModel):
    """How calls are repeated and deployments left alone; LiteLLM's names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    routing_strategy: StrategyNames | dict[str, StrategyNames] = Field(
        default=SHUFFLE,
        description=(
            "How calls are spread over a model's deployments: simple-shuffle, a weighted random choice, or strategies"
            " of plugins, one after the other; by model, with '*' for the others."
        ),
    )
    num_retries: Tries = Field(default=2, description="Further attempts of a call after the first one.")
    timeout: Seconds = Field(default=600.0, description="Seconds that a call may take.")
    retry_after: float = Field(default=0.0, ge=0, le=60, description="Seconds that pass at least before a retry.")
    allowed_fails: int = Field(
        default=3, ge=0, le=10_000, description="Failures in a minute before a deployment cools down."
    )
    cooldown_time: float = Field(default=5.0, ge=0, le=86_400, description="Seconds that it is left alone.")


def honoured(document: Mapping[str, Any]) -> tuple[Document, tuple[str, ...]]:
    """Return a settings document less what is not honoured, and a warning for each key that was left out.

    Shapes that make no sense are left as they are: the validation that follows says so at their place.
    """
    warnings: list[str] = []
    kept = {key: value for key, value in document.items() if key not in IGNORED_SECTIONS}
    warnings += [_not_honoured(key) for key in document if key in IGNORED_SECTIONS]
    router = _section(kept, "router_settings")
    if router is not None:
        kept["router_settings"] = _keep(router, "router_settings", RouterSettings.model_fields, warnings)
        _check_strategy(kept["router_settings"], warnings)
    litellm = _section(kept, "litellm_settings")
    if litellm is not None:
        del kept["litellm_settings"]
        given = _keep(litellm, "litellm_settings", _LITELLM_SETTINGS, warnings)
        moved = {_LITELLM_SETTINGS[key]: value for key, value in given.items()}
        if moved and isinstance(kept.get("router_settings", {}), Mapping):
            kept["router_settings"] = {**moved, **kept.get("router_settings", {})}
    general = _section(kept, "general_settings")
    if general is not None:
        del kept["general_settings"]
        warnings += [
            _UNPROTECTED if key == "master_key" else _not_honoured(f"general_settings.{key}") for key in general
        ]
    if isinstance(kept.get("model_list"), list | tuple):
        kept["model_list"] = [
            _honoured_entry(entry, f"model_list.{position}", warnings)
            for position, entry in enumerate(kept["model_list"])
        ]
    return kept, tuple(warnings)


def _section(document: Document, name: str) -> Mapping[str, Any] | None:
    """Return a section that is a mapping; an empty one, which YAML reads as null, is one without keys."""
    if name not in document:
        return None
    section = {} if document[name] is None else document[name]
    return section if isinstance(section, Mapping) else None


def _keep(section: Mapping[str, Any], where: str, known: Collection[str], warnings: list[str]) -> Document:
    warnings += [_not_honoured(f"{where}.{key}", known) for key in section if key not in known]
    return {key: value for key, value in section.items() if key in known and value is not None}


def _check_strategy(router: Document, warnings: list[str]) -> None:
    strategy = router.get("routing_strategy")
    if isinstance(strategy, str) and strategy in _LITELLM_STRATEGIES:
        warnings.append(
            f"router_settings.routing_strategy {strategy!r} is not honoured: {SHUFFLE} is used; the plugin model-router"
            " has least-latency, cost-aware and weighted"
        )
        del router["routing_strategy"]


def _honoured_entry(entry: Any, where: str, warnings: list[str]) -> Any:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("litellm_params"), Mapping):
        return entry
    name = f"{where} ({entry['model_name']}): " if isinstance(entry.get("model_name"), str) else f"{where}: "
    given = entry["litellm_params"]
    if entry.get("backend") in ("openai", "echo") or str(given.get("model")).startswith("echo/"):
        return {**entry, "litellm_params": _keep(given, f"{name}litellm_params", HONOURED_PARAMS, warnings)}
    # LiteLLM understands what we do not: one such parameter has it serve the deployment.
    for key in given:
        near = [] if key in HONOURED_PARAMS else get_close_matches(key, HONOURED_PARAMS, 1, 0.8)
        if near:
            warnings.append(f"{name}litellm_params.{key} has LiteLLM serve this deployment; did you mean {near[0]!r}?")
    return {**entry, "litellm_params": {key: value for key, value in given.items() if value is not None}}


def _not_honoured(key: str, known: Iterable[str] = ()) -> str:
    near = get_close_matches(key.rpartition(".")[2], known, 1, 0.8)
    return f"{key} is not honoured" + (f"; did you mean {near[0]!r}?" if near else "")
