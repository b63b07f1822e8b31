"""One entry of `model_list`: LiteLLM's form of a deployment, as far as it is honoured here, and two keys of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    model_validator,
)

from .providers import PROVIDERS, Placement, find_placement, split_model

UpstreamAPI = Literal["chat", "completion", "responses", "embedding", "messages"]

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Tries = Annotated[int, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]
# YAML reads an id such as 17 as a number; LiteLLM takes it as text.
Identifier = Annotated[str, BeforeValidator(lambda value: str(value) if type(value) is int else value)]
# A variable that is set to nothing means that there is no key.
Secret = Annotated[SecretStr | None, BeforeValidator(lambda value: value or None)]


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one token."""

    input_cost_per_token: float
    output_cost_per_token: float


class LiteLLMParams(BaseModel):
    """How a deployment is reached. These are LiteLLM's keys; one that is not named here is LiteLLM's to understand."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=(), populate_by_name=True)

    model: str = Field(min_length=1, description="The model in LiteLLM's form: <provider>/<the provider's name of it>.")
    custom_llm_provider: str | None = Field(
        default=None, description="The provider, where the model's name does not begin with it."
    )
    api_base: str | None = Field(
        default=None,
        validation_alias=AliasChoices("api_base", "base_url"),
        description="Base URL of the API, such as http://10.0.0.5/v1; by default the provider's own.",
    )
    api_key: Secret = Field(default=None, description="Sent as a bearer token; by default the provider's variable.")
    organization: str | None = Field(default=None, description="Sent as openai-organization.")
    extra_headers: Mapping[str, SecretStr] = Field(
        default_factory=dict, description="Further headers of each request to the upstream."
    )
    timeout: Seconds | None = Field(default=None, description="Seconds that a call may take.")
    stream_timeout: Seconds | None = Field(
        default=None, description="Seconds until the first byte of a streamed answer."
    )
    num_retries: Tries | None = Field(default=None, description="Further attempts after the first one.")
    max_retries: Tries | None = Field(default=None, description="The same; num_retries wins.")
    weight: Share | None = Field(
        default=None, description="Share of the calls, relative to the model's other deployments."
    )
    rpm: Share | None = Field(
        default=None, description="Requests a minute: the share of the calls where there is no weight."
    )
    tpm: Share | None = Field(
        default=None, description="Tokens a minute: the share where there is neither weight nor rpm."
    )
    input_cost_per_token: Dollars | None = Field(default=None, description="US dollars for one token of the prompt.")
    output_cost_per_token: Dollars | None = Field(default=None, description="US dollars for one token of the answer.")

    @property
    def retries(self) -> int | None:
        """Further attempts after the first one, or None where the deployment does not say."""
        return self.max_retries if self.num_retries is None else self.num_retries


class ModelInfo(BaseModel):
    """What is known of a deployment. Any further key is allowed, and plugins see it as `deployment.metadata`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: Identifier | None = Field(
        default=None, min_length=1, description="The deployment's name; by default <model_name>:<n>."
    )
    input_cost_per_token: Dollars | None = Field(default=None, description="US dollars for one token of the prompt.")
    output_cost_per_token: Dollars | None = Field(default=None, description="US dollars for one token of the answer.")


class ModelEntry(BaseModel):
    """A deployment of a model. Entries that share a `model_name` share its calls."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    model_name: str = Field(min_length=1, description="What clients call it; a '*' in it stands for any text.")
    litellm_params: LiteLLMParams = Field(description="How it is reached, in LiteLLM's form.")
    model_info: ModelInfo = Field(default_factory=ModelInfo, description="What is known of it; plugins see it.")
    backend: Literal["auto", "openai", "litellm", "echo"] = Field(
        default="auto",
        description="Which backend serves it; auto: openai where the provider speaks that API and nothing else is asked"
        " for, litellm otherwise.",
    )
    apis: frozenset[UpstreamAPI] | None = Field(
        default=None, min_length=1, description="The APIs that the upstream offers; by default that is found out."
    )
    _placement: Placement = PrivateAttr()

    @model_validator(mode="after")
    def _find_placement(self) -> Self:
        params = self.litellm_params
        self._placement = find_placement(
            params.model, self.backend, params.api_base, params.custom_llm_provider, plain=not params.model_extra
        )
        if self.model_name.count("*") > 1 or params.model.count("*") > 1:
            raise ValueError("a name may hold one '*'")
        if "*" in self._placement.upstream_model and "*" not in self.model_name:
            raise ValueError(
                f"litellm_params.model {params.model!r} stands for any model, model_name {self.model_name!r} for one"
            )
        return self

    @property
    def placement(self) -> Placement:
        """Who serves it: provider, upstream model, backend and base URL."""
        return self._placement

    def with_timeout(self, seconds: float) -> ModelEntry:
        """Return the entry with a timeout for calls where it has none of its own."""
        if self.litellm_params.timeout is not None:
            return self
        return self.model_copy(update={"litellm_params": self.litellm_params.model_copy(update={"timeout": seconds})})

    @property
    def price(self) -> Price | None:
        """What its tokens cost, or None where the settings do not say; a price of one kind makes the other 0."""
        params, info = self.litellm_params, self.model_info
        prompt = info.input_cost_per_token if params.input_cost_per_token is None else params.input_cost_per_token
        answer = info.output_cost_per_token if params.output_cost_per_token is None else params.output_cost_per_token
        return None if prompt is None and answer is None else Price(prompt or 0.0, answer or 0.0)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The `model_info` of the settings, for plugins, with prices wherever the settings give them; read-only."""
        known = self.model_info.model_dump(exclude_unset=True)
        price = self.price
        if price is not None:
            known |= {
                "input_cost_per_token": price.input_cost_per_token,
                "output_cost_per_token": price.output_cost_per_token,
            }
        return MappingProxyType(known)


HONOURED_PARAMS: Final = frozenset({*LiteLLMParams.model_fields, "base_url"})


def with_default_credentials(
    params: Mapping[str, Any], environ: Mapping[str, str]
) -> tuple[dict[str, Any], str | None]:
    """Return LiteLLM parameters completed from the provider's own variables, and a warning or None.

    A key from such a variable is only sent where the provider itself is reached: an `api_base` of the settings could
    be anyone's server, and gets the key that stands beside it or none.
    """
    completed, model, provider = dict(params), params.get("model"), params.get("custom_llm_provider")
    if not isinstance(model, str) or not isinstance(provider, str | None):
        return completed, None
    known = PROVIDERS.get(split_model(model, provider)[0] or "openai")
    if known is None or params.get("api_key"):
        return completed, None
    variable = next((name for name in known.key_variables if environ.get(name)), None)
    if params.get("api_base") or params.get("base_url"):
        if variable is None:
            return completed, None
        return completed, f"{variable} is not sent to this api_base; if it should be: api_key: os.environ/{variable}"
    base = next((environ[name] for name in known.base_variables if environ.get(name)), None)
    if base is not None:
        completed["api_base"] = base
    if variable is not None:
        completed["api_key"] = environ[variable]
    return completed, None


def deployment_names(entries: Iterable[ModelEntry]) -> list[str]:
    """Return the name of each entry's deployment: its `model_info.id`, or `<model_name>:<n>`, n counting from 1."""
    entries = list(entries)
    taken = {entry.model_info.id for entry in entries if entry.model_info.id is not None}
    names: list[str] = []
    counts: Counter[str] = Counter()
    for entry in entries:
        counts[entry.model_name] += 1
        number = counts[entry.model_name]
        name = entry.model_info.id or f"{entry.model_name}:{number}"
        while entry.model_info.id is None and name in taken:
            number += 1
            name = f"{entry.model_name}:{number}"
        taken.add(name)
        names.append(name)
    return names
