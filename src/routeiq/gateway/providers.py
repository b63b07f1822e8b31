"""Providers whose servers speak OpenAI's API, and how LiteLLM's form of a model's name says which one is meant.

Those are served natively; everything else that LiteLLM knows is served by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import urlsplit

Backend = Literal["openai", "echo", "litellm"]


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a provider is reached when the settings do not say, and which variables hold its credentials.

    Attributes:
        api_base: Its base URL, or None for software that runs wherever its operator started it.
        key_variables: Environment variables that may hold the API key; the first one that is set counts.
        base_variables: Environment variables that may hold the base URL.
        api_path: Added to a base URL that has no path: where the provider's own API begins elsewhere.
    """

    api_base: str | None = None
    key_variables: tuple[str, ...] = ()
    base_variables: tuple[str, ...] = ()
    api_path: str = ""


_OPENAI = Provider("https://api.openai.com/v1", ("OPENAI_API_KEY",), ("OPENAI_BASE_URL", "OPENAI_API_BASE"))
_OLLAMA = Provider("http://localhost:11434/v1", ("OLLAMA_API_KEY",), ("OLLAMA_API_BASE",), api_path="/v1")

PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType(
    {
        "openai": _OPENAI,
        "text-completion-openai": _OPENAI,
        "custom_openai": Provider(),
        "openai_like": Provider(None, ("OPENAI_LIKE_API_KEY",), ("OPENAI_LIKE_API_BASE",)),
        "litellm_proxy": Provider(None, ("LITELLM_PROXY_API_KEY",), ("LITELLM_PROXY_API_BASE",)),
        "hosted_vllm": Provider(None, ("HOSTED_VLLM_API_KEY",), ("HOSTED_VLLM_API_BASE",)),
        "llamafile": Provider("http://127.0.0.1:8080/v1", ("LLAMAFILE_API_KEY",), ("LLAMAFILE_API_BASE",)),
        "lm_studio": Provider("http://127.0.0.1:1234/v1", ("LM_STUDIO_API_KEY",), ("LM_STUDIO_API_BASE",)),
        "ollama": _OLLAMA,
        "ollama_chat": _OLLAMA,
        "cerebras": Provider("https://api.cerebras.ai/v1", ("CEREBRAS_API_KEY",), ("CEREBRAS_API_BASE",)),
        "codestral": Provider("https://codestral.mistral.ai/v1", ("CODESTRAL_API_KEY",), ("CODESTRAL_API_BASE",)),
        "deepinfra": Provider("https://api.deepinfra.com/v1/openai", ("DEEPINFRA_API_KEY",), ("DEEPINFRA_API_BASE",)),
        "deepseek": Provider("https://api.deepseek.com/v1", ("DEEPSEEK_API_KEY",), ("DEEPSEEK_API_BASE",)),
        "fireworks_ai": Provider(
            "https://api.fireworks.ai/inference/v1",
            ("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"),
            ("FIREWORKS_API_BASE",),
        ),
        "groq": Provider("https://api.groq.com/openai/v1", ("GROQ_API_KEY",), ("GROQ_API_BASE",)),
        "meta_llama": Provider("https://api.llama.com/compat/v1", ("LLAMA_API_KEY",), ("LLAMA_API_BASE",)),
        "mistral": Provider("https://api.mistral.ai/v1", ("MISTRAL_API_KEY",), ("MISTRAL_API_BASE",)),
        "moonshot": Provider("https://api.moonshot.ai/v1", ("MOONSHOT_API_KEY",), ("MOONSHOT_API_BASE",)),
        "nvidia_nim": Provider(
            "https://integrate.api.nvidia.com/v1", ("NVIDIA_NIM_API_KEY",), ("NVIDIA_NIM_API_BASE",)
        ),
        "openrouter": Provider("https://openrouter.ai/api/v1", ("OPENROUTER_API_KEY",), ("OPENROUTER_API_BASE",)),
        "perplexity": Provider(
            "https://api.perplexity.ai", ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"), ("PERPLEXITY_API_BASE",)
        ),
        "sambanova": Provider("https://api.sambanova.ai/v1", ("SAMBANOVA_API_KEY",), ("SAMBANOVA_API_BASE",)),
        "together_ai": Provider(
            "https://api.together.xyz/v1",
            ("TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY"),
            ("TOGETHER_AI_API_BASE",),
        ),
        "xai": Provider("https://api.x.ai/v1", ("XAI_API_KEY",), ("XAI_API_BASE",)),
    }
)

# Prefixes of LiteLLM's whose servers speak another API, also at an `api_base` of the operator's.
FOREIGN: Final[frozenset[str]] = frozenset(
    {
        "ai21", "anthropic", "anthropic_text", "azure", "azure_ai", "azure_text", "bedrock", "bedrock_converse",
        "bytez", "clarifai", "cloudflare", "cohere", "cohere_chat", "databricks", "gemini", "gigachat",
        "github_copilot", "huggingface", "jina_ai", "oci", "oobabooga", "palm", "petals", "predibase", "replicate",
        "sagemaker", "sagemaker_chat", "snowflake", "triton", "vertex_ai", "vertex_ai_beta", "voyage", "watsonx",
        "watsonx_text",
    }
)  # fmt: skip

# What LiteLLM finds in its price list, found by its shape: these names belong to nobody but OpenAI.
_OPENAI_MODEL = re.compile(r"(ft:)?(gpt-|chatgpt-|o\d(-|$)|text-embedding-|davinci-|babbage-|\*$)")


@dataclass(frozen=True, slots=True)
class Placement:
    """Who serves a model, as its name, its `api_base` and its `backend` say.

    Attributes:
        provider: The prefix in LiteLLM's form of the name; `openai` for a server that has none, `litellm` where LiteLLM
            finds the provider by the model's name.
        upstream_model: The name that is sent upstream.
        backend: Which of our backends talks to it.
        api_base: The base URL, without a slash at its end; None for the echo backend.
    """

    provider: str
    upstream_model: str
    backend: Backend
    api_base: str | None


def split_model(model: str, provider: str | None = None) -> tuple[str, str]:
    """Return the provider's prefix and the rest of a model's name; the prefix is empty if there is none.

    Args:
        provider: LiteLLM's `custom_llm_provider`, which names the provider beside the model.
    """
    prefix, separator, rest = model.partition("/")
    if provider is not None:
        return provider, rest if separator and prefix == provider else model
    if separator and (prefix == "echo" or prefix in PROVIDERS or prefix in FOREIGN):
        return prefix, rest
    return "", model


def find_placement(
    model: str,
    backend: str = "auto",
    api_base: str | None = None,
    provider: str | None = None,
    *,
    plain: bool = True,
) -> Placement:
    """Return who serves a model.

    Args:
        model: In LiteLLM's form, such as `openai/gpt-4o-mini`.
        backend: `auto`, or the operator's choice.
        api_base: The base URL of the settings, or None.
        provider: LiteLLM's `custom_llm_provider`, or None.
        plain: Whether all of the deployment's parameters are known to our own backends.

    Raises:
        ValueError: if nothing here can serve it; the text says what would.
    """
    prefix, rest = split_model(model, provider)
    if not rest:
        raise ValueError(f"{model!r} names the provider {prefix!r} but no model: write {prefix}/<model>")
    if backend == "echo" or (backend == "auto" and prefix == "echo"):
        return Placement(prefix or "echo", rest, "echo", None)
    if backend == "litellm" or (backend == "auto" and (prefix in FOREIGN or not plain)):
        return _by_litellm(prefix, rest, api_base)
    known = PROVIDERS.get(prefix)
    base = api_base or (known.api_base if known else None)
    if base is None and not prefix and _OPENAI_MODEL.match(model):
        prefix, base = "openai", _OPENAI.api_base
    if base is None and backend == "auto" and not prefix:
        return _by_litellm(prefix, rest, api_base)
    if base is None:
        raise ValueError(_nowhere(model, prefix))
    return Placement(prefix or "openai", rest, "openai", _normalised(base, known))


def _by_litellm(prefix: str, rest: str, api_base: str | None) -> Placement:
    """Return LiteLLM's placement of a model; it knows providers that we do not."""
    if not prefix:
        prefix, separator, after = rest.partition("/")
        prefix, rest = (prefix, after) if separator and after else ("litellm", rest)
    return Placement(prefix, rest, "litellm", api_base)


def _nowhere(model: str, prefix: str) -> str:
    if prefix:
        return f"{prefix!r} has no address of its own: give litellm_params.api_base, such as http://localhost:8000/v1"
    return (
        f"{model!r} names no provider whose address is known: for a server that speaks OpenAI's API give"
        f" litellm_params.api_base, or write openai/{model}"
    )


def _normalised(base: str, known: Provider | None) -> str:
    parts = urlsplit(base)
    if parts.username is not None or parts.password is not None:
        raise ValueError("api_base holds a user name or a password: give credentials as api_key or extra_headers")
    if parts.scheme not in ("http", "https") or not parts.hostname or not _has_valid_port(base):
        raise ValueError(f"api_base {base!r} is not a URL of a server, such as http://localhost:8000/v1")
    if parts.query or parts.fragment:
        raise ValueError("api_base has a query or a fragment: give only what stands before it")
    base = base.rstrip("/")
    return base + known.api_path if known and not parts.path.strip("/") else base


def _has_valid_port(base: str) -> bool:
    try:
        return urlsplit(base).port != 0
    except ValueError:
        return False
