"""The router: which deployments serve a model, in which order a call tries them, and which are left alone for a while.

Weighted shuffle and cool-downs follow LiteLLM's `simple-shuffle`. All state belongs to the router, that is to one
worker, and is only touched in its event loop.
"""

from __future__ import annotations

import math
import random
import re
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from routeiq_plugin_sdk import Deployment, Usage

from routeiq.core.attempts import Decision

from . import retry
from .model_list import ModelEntry
from .sections import SHUFFLE
from .settings import GatewaySettings

FAILURE_WINDOW: Final = 60.0
"""Seconds within which failures of a deployment are counted together."""
LARGEST_EXPANSION: Final = 1024
"""Model names that a wildcard entry remembers: clients choose them, so that they must not fill the memory."""


class _Health:
    """The failures of a deployment within the window, and the end of its cool-down on the clock (0: none)."""

    __slots__ = ("cools_until", "failures")

    def __init__(self, allowed_fails: int) -> None:
        self.failures: deque[float] = deque(maxlen=allowed_fails + 1)
        self.cools_until = 0.0


class _Group:
    """The deployments that share a model's name, with their entries' names and their shares of the calls."""

    __slots__ = ("deployments", "names", "shares")

    def __init__(self, deployments: Sequence[Deployment], names: Sequence[str], entries: Sequence[ModelEntry]) -> None:
        self.deployments = tuple(deployments)
        self.names = tuple(names)
        self.shares = _shares(entries)


def _shares(entries: Sequence[ModelEntry]) -> tuple[float, ...] | None:
    """Return the share of each entry, or None for equal ones; the first kind that the first entry gives counts."""
    for kind in ("weight", "rpm", "tpm"):
        if entries and getattr(entries[0].litellm_params, kind) is not None:
            shares = tuple(float(getattr(entry.litellm_params, kind) or 0.0) for entry in entries)
            return shares if any(shares) else None
    return None


class Router:
    """Finds the deployments of a model and orders them for a call."""

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        """Make a router of the settings' model list.

        Args:
            settings: Validated ones: their deployments have unique names.
            clock: Seconds that only rise; a test hands over its own.
            chance: Where the shuffle's numbers come from; a test seeds its own.
        """
        self._settings = settings
        self._clock = clock
        self._chance = chance or random.Random()
        self._entries: dict[str, ModelEntry] = dict(settings.deployments)
        self._health: dict[str, _Health] = {}
        self._cooling: set[str] = set()
        self._groups: dict[str, _Group] = {}
        self._expanded: dict[str, _Group] = {}
        self._by_name: dict[str, Deployment] = {}
        self._wildcards: list[tuple[re.Pattern[str], str, ModelEntry]] = []
        self._strategies = strategies_of(settings.router_settings.routing_strategy)
        self._every_strategy = tuple(dict.fromkeys(name for names in self._strategies.values() for name in names))
        self._build()

    def models(self) -> tuple[str, ...]:
        """Return the names under which clients call models, in the order of the settings; wildcards as written."""
        return tuple(dict.fromkeys(entry.model_name for entry in self._entries.values()))

    def configured(self, model: str) -> str | None:
        """Return the name in the settings that serves a model, a wildcard as written; None for an unknown model."""
        if model in self._groups:
            return model
        found = self.deployments(model)
        return self.entry(found[0]).model_name if found else None

    def deployments(self, model: str) -> tuple[Deployment, ...]:
        """Return the deployments of a model in the order of the settings; empty if there is no such model."""
        group = self._groups.get(model) or self._expand(model)
        return group.deployments if group is not None else ()

    def by_name(self, name: str) -> Deployment | None:
        """Return the deployment of that name, or None."""
        found = self._by_name.get(name)
        return found if found is not None else self._expanded_by_name(name)

    def entry(self, deployment: Deployment) -> ModelEntry:
        """Return the settings of a deployment of this router."""
        return self._entries[self._entry_name(deployment)]

    def order(self, model: str) -> Sequence[Deployment]:
        """Return the deployments of a model in the order in which one call tries them; empty for an unknown model.

        Healthy ones come first, shuffled by their shares: the first one is a weighted choice, as is each next one
        among the rest. Those that cool down come last, the one that is ready soonest first.
        """
        group = self._groups.get(model) or self._expand(model)
        if group is None:
            return ()
        deployments = group.deployments
        if len(deployments) == 1:
            return deployments
        if self._cooling and not self._cooling.isdisjoint(group.names):
            return self._order_around_cooling(group)
        return self._shuffled(deployments, group.shares)

    def usable(self, model: str) -> tuple[Sequence[Deployment], Sequence[Deployment]]:
        """Return the deployments of a model, as in `order`: those that do not cool down, and then those that do.

        Where all cool down, all are in the first part.
        """
        deployments = self.order(model)
        if not self._cooling:
            return deployments, ()
        cooling = [one for one in deployments if self._cools(self._entry_name(one))]
        if not cooling or len(cooling) == len(deployments):
            return deployments, ()
        return deployments[: -len(cooling)], cooling

    @property
    def all_strategies(self) -> Sequence[str]:
        """The routing strategies of plugins that the settings name."""
        return self._every_strategy

    def strategies(self, model: str) -> Sequence[str]:
        """Return the routing strategies of plugins that order a model's deployments, in their order."""
        if not self._every_strategy:
            return ()
        found = self._strategies.get(model)
        if found is None:
            found = self._strategies.get(self.configured(model) or model, self._strategies.get("*", ()))
        return found

    def record_failure(self, deployment: Deployment, failure: retry.Failure) -> None:
        """Note a failure: more than `allowed_fails` of the deployment's own within a minute make it cool down.

        A failure that says something about the request (most of 4xx) counts nothing: clients must not be able to take
        a deployment away from each other.
        """
        if not retry.is_deployments(failure):
            return
        name, now = self._entry_name(deployment), self._clock()
        health = self._health.get(name)
        if health is None:
            health = self._health[name] = _Health(self._settings.router_settings.allowed_fails)
        failures = health.failures
        failures.append(now)
        if len(failures) == failures.maxlen and now - failures[0] <= FAILURE_WINDOW:
            failures.clear()
            health.cools_until = now + self._settings.router_settings.cooldown_time
            self._cooling.add(name)

    def record_success(self, deployment: Deployment) -> None:
        """Note an answer: where a model has no deployment that does not cool down, this one is taken back at once.

        Elsewhere a cool-down stays as long as it is: answers to calls that began before it prove nothing.
        """
        if not self._cooling or (name := self._entry_name(deployment)) not in self._cooling:
            return
        group = self._groups.get(deployment.model) or self._expand(deployment.model)
        if group is not None and all(self._cools(other) for other in group.names):
            self._end_cooldown(name)

    def health(self) -> dict[str, str]:
        """Return `ok` or `cooling` for each deployment of the settings; a wildcard entry has one for all its models."""
        return {name: "cooling" if self._cools(name) else "ok" for name in self._entries}

    def decide(self, failure: retry.Failure, deployment: Deployment, attempt: int, others: int) -> Decision:
        """Return what follows a failed attempt, by `retry.decide` and the limits of the settings.

        Args:
            failure: The exception or the status.
            deployment: The one that failed.
            attempt: Counts from 1.
            others: How many deployments were not tried yet.
        """
        return retry.decide(
            failure,
            attempt,
            max_attempts=self.max_attempts(deployment),
            another=others > 0,
            minimum_delay=self._settings.router_settings.retry_after,
            jitter=self._chance.random,
        )

    def max_attempts(self, deployment: Deployment) -> int:
        """Return how many attempts a call may take whose latest one went to this deployment."""
        retries = self.entry(deployment).litellm_params.retries
        return 1 + (self._settings.router_settings.num_retries if retries is None else retries)

    def cost(self, deployment: Deployment, usage: Usage) -> float | None:
        """Return what a call cost, in US dollars, or None where the settings give no price."""
        price = self.entry(deployment).price
        if price is None:
            return None
        return usage.prompt_tokens * price.input_cost_per_token + usage.completion_tokens * price.output_cost_per_token

    # Inside

    def _build(self) -> None:
        members: dict[str, list[tuple[str, ModelEntry]]] = {}
        for name, entry in self._entries.items():
            if "*" in entry.model_name:
                self._wildcards.append((_pattern(entry.model_name), name, entry))
            else:
                members.setdefault(entry.model_name, []).append((name, entry))
        # Of two patterns that fit, the one with more text of its own is meant.
        self._wildcards.sort(key=lambda wildcard: -len(wildcard[2].model_name.replace("*", "")))
        for model, named in members.items():
            deployments = [_deployment(name, model, entry, entry.placement.upstream_model) for name, entry in named]
            self._groups[model] = _Group(deployments, *zip(*named, strict=True))
            self._by_name.update((deployment.name, deployment) for deployment in deployments)

    def _expand(self, model: str) -> _Group | None:
        """Return the group that wildcard entries make for a name, remembered for the next call."""
        if not self._wildcards:
            return None
        group = self._expanded.get(model)
        if group is None:
            group = self._expansion(model)
            if group is not None:
                if len(self._expanded) >= LARGEST_EXPANSION:
                    self._expanded.pop(next(iter(self._expanded)))
                self._expanded[model] = group
        return group

    def _expansion(self, model: str) -> _Group | None:
        fitting = [(wildcard, match) for wildcard in self._wildcards if (match := wildcard[0].fullmatch(model))]
        if not fitting:
            return None
        chosen = [one for one in fitting if one[0][2].model_name == fitting[0][0][2].model_name]
        deployments = [
            _deployment(_expanded_name(name, model), model, entry, _substitute(entry.placement.upstream_model, match))
            for (_, name, entry), match in chosen
        ]
        return _Group(deployments, [name for (_, name, _), _ in chosen], [entry for (_, _, entry), _ in chosen])

    def _expanded_by_name(self, name: str) -> Deployment | None:
        for _, base, _ in self._wildcards:
            if name.startswith(f"{base}=") and (group := self._expand(name[len(base) + 1 :])) is not None:
                return next((deployment for deployment in group.deployments if deployment.name == name), None)
        return None

    def _entry_name(self, deployment: Deployment) -> str:
        """Return the name of the entry that a deployment stands in; they differ where a wildcard was expanded."""
        if deployment.name in self._entries:
            return deployment.name
        for _, base, _ in self._wildcards:
            if deployment.name == _expanded_name(base, deployment.model):
                return base
        raise KeyError(deployment.name)

    def _order_around_cooling(self, group: _Group) -> Sequence[Deployment]:
        cooling = {name for name in group.names if self._cools(name)}
        shares = group.shares or (1.0,) * len(group.names)
        members = list(zip(group.deployments, group.names, shares, strict=True))
        healthy = [(deployment, share) for deployment, name, share in members if name not in cooling]
        last = [(self._health[name].cools_until, deployment) for deployment, name, _ in members if name in cooling]
        first = self._shuffled([one for one, _ in healthy], tuple(share for _, share in healthy))
        return [*first, *(deployment for _, deployment in sorted(last, key=lambda pair: pair[0]))]

    def _cools(self, name: str) -> bool:
        if name not in self._cooling:
            return False
        if self._clock() < self._health[name].cools_until:
            return True
        self._end_cooldown(name)
        return False

    def _end_cooldown(self, name: str) -> None:
        self._cooling.discard(name)
        self._health.pop(name, None)

    def _shuffled(self, deployments: Sequence[Deployment], shares: tuple[float, ...] | None) -> list[Deployment]:
        if shares is None:
            return self._chance.sample(deployments, len(deployments))
        # Of clocks that ring at rates equal to the shares, each rings first with the probability that is its share
        # of the sum: their order is a draw without replacement (Efraimidis and Spirakis).
        wait = self._chance.expovariate
        waits = [wait(share) if share > 0 else math.inf for share in shares]
        return [deployments[index] for index in sorted(range(len(waits)), key=waits.__getitem__)]


def strategies_of(setting: str | Sequence[str] | Mapping[str, str | Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the strategies of plugins that a setting names, by model; '*' stands for all others."""
    by_model = setting if isinstance(setting, Mapping) else {"*": setting}
    listed = {model: [names] if isinstance(names, str) else names for model, names in by_model.items()}
    return {model: tuple(name for name in names if name != SHUFFLE) for model, names in listed.items()}


def _deployment(name: str, model: str, entry: ModelEntry, upstream_model: str) -> Deployment:
    placement = entry.placement
    return Deployment(
        name, model, upstream_model, placement.provider, placement.backend, placement.api_base, entry.metadata
    )


def _expanded_name(base: str, model: str) -> str:
    return f"{base}={model}"


def _pattern(model_name: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(re.escape(part) for part in model_name.split("*")), re.DOTALL)


def _substitute(upstream_model: str, match: re.Match[str]) -> str:
    """Put what the first '*' stood for in the place of the '*' of the upstream's name."""
    return upstream_model.replace("*", match.group(1), 1)
