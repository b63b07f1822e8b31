"""The plans of one generation, chosen for each request by the scopes of its plugins.

A request is given plans three times: when it comes in; once it is known who makes it (after `rewrite` and
`authenticate`: all is chosen anew, by the request as it is then); and once it is known which model it asks for. Each
time they come from the generation with which it began. Plans for a combination of instances are made at its first use.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .active import ActivePlugin
from .conditions import Complaints
from .ordering import Node, order_among
from .records import PluginRecord
from .registration import Implementation
from .scopes import Scopes, bits_of
from .steps import Step
from .strategies import Contribution
from .when import Stage, When

if TYPE_CHECKING:
    from routeiq_plugin_sdk import EvaluationPolicy, LLMCall, PluginRequest, StreamWindow

    from .plans import Plans

MOST_SETS: Final = 1024
"""Sets of plans that a generation keeps at hand. Clients choose among them, so that there is an end to it."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A plugin as it was when its generation began: what becomes of it later is not for the requests that have this.

    Attributes:
        record: Where failures of its condition are counted.
        window: How it judges streams, if it does.
        policy: What it says of evaluations, unless it is only audited.
        when: What it is narrowed to, or None.
    """

    name: str
    record: PluginRecord
    node: Node
    implementations: Mapping[str, Implementation]
    steps: Mapping[str, Step]
    routes: tuple[Any, ...]
    strategies: tuple[Contribution, ...]
    window: StreamWindow | None
    policy: EvaluationPolicy | None
    when: When | None

    @classmethod
    def of(cls, plugin: ActivePlugin) -> Member:
        """Return what a plugin is now."""
        window = plugin.adaptation.stream_window or plugin.inspected.metadata.stream_window
        steps, routes, record = plugin.steps, plugin.routes, plugin.record
        hooks, unused = plugin.implementations, plugin.adaptation.unused_hooks
        if unused:
            hooks = {name: one for name, one in hooks.items() if name not in unused}
        policy = None if plugin.audited else plugin.policy
        strategies = plugin.contributions()
        return cls(plugin.name, record, plugin.node, hooks, steps, routes, strategies, window, policy, record.when)


class Choice(NamedTuple):
    """What a set of plans was chosen by.

    Attributes:
        allowed: The instances that the request allows, as far as it is known; some wait for more to be known.
        taking_part: Those of them whose hooks are called.
        final: Whether the request keeps this set to its end.
    """

    allowed: int
    taking_part: int
    final: bool


class Selections:
    """Chooses plans; there is one for each generation in which an instance is narrowed.

    It lives as long as anyone holds plans that it chose.

    Attributes:
        generation: Of its plans.
        phases: Those that any plugin of the generation implements: what it can come to.
    """

    def __init__(
        self,
        generation: int,
        members: Sequence[Member],
        providers: Sequence[ActivePlugin],
        make: Callable[[Selections, Sequence[Member], bool, Choice], Plans],
        complaints: Complaints,
    ) -> None:
        """Compile the scopes of a generation.

        Args:
            members: All plugins that take part.
            providers: Those without whose word no request gets in, be they among the members or have failed.
            make: Makes a set of these plugins' plans, given in their order; whether it authenticates.
            complaints: Told of conditions that fail.
        """
        self.generation = generation
        self.phases = frozenset(phase for member in members for phase in member.implementations)
        known = {member.name for member in members}
        # Providers that have failed have no hooks to be called, and a scope in which nobody gets in without them.
        everyone = [*members, *(Member.of(plugin) for plugin in providers if plugin.name not in known)]
        provide = {plugin.name for plugin in providers}
        self._always = [member for member in members if member.when is None]
        self._narrowed = [member for member in everyone if member.when is not None]
        self._withdrawn = {member.name for member in everyone if member.name not in known}
        self._providers = sum(1 << bit for bit, member in enumerate(self._narrowed) if member.name in provide)
        # One that is narrowed by what is known too late is refused before it comes to this.
        self._always_authenticates = any(
            member.when is None or member.when.stage is not Stage.ENTRY for member in everyone if member.name in provide
        )
        self._scopes = Scopes([member.when for member in self._narrowed if member.when is not None], self._failed)
        self._at_entry, self._identified, _ = (self._scopes.by_stage[stage] for stage in Stage)
        self._make = make
        self._complaints = complaints
        self._making = threading.Lock()  # calls of LiteLLM's run in threads of their own
        # By the choice, a plain tuple where a request looks it up. Of an earlier generation weakly, so that the plans
        # end with the last request that has them.
        self._sets: MutableMapping[tuple[int, int, bool], Plans] = {}

    def outside(self) -> Choice:
        """Return the choice for what is no HTTP request: only calls choose further."""
        return Choice(self._scopes.outside, 0, final=True)

    def at_entry(self, request: PluginRequest) -> Plans:
        """Return the plans for a request that comes in, or that `rewrite` has changed."""
        allowed = self._scopes.at_entry(request)
        key = allowed, allowed & self._at_entry, False
        found = self._sets.get(key)
        return self._made(key) if found is None else found

    def identified(self, plans: Plans, request: PluginRequest) -> Plans:
        """Return the plans of a request now that it is known who makes it.

        Args:
            plans: Those that it had at entry.
        """
        allowed = self._scopes.identified(plans.choice.allowed, request)
        key = allowed, allowed & self._identified, False
        found = self._sets.get(key)
        return self._made(key) if found is None else found

    def routed(self, plans: Plans, call: LLMCall) -> Plans:
        """Return the plans of a call, and of the rest of its request.

        Args:
            plans: Those of the request, or of another call in it; outside of requests those in force.
        """
        allowed = plans.choice.allowed
        key = allowed, self._scopes.routed(allowed, call), True
        found = self._sets.get(key)
        return self._made(key) if found is None else found

    def kept(self, plans: Plans) -> Plans:
        """Return the same plans for a request that keeps them to its end: its response has begun."""
        allowed, taking_part, final = plans.choice
        return plans if final else self._made((allowed, taking_part, True))

    def withdraw(self, plugin: str) -> None:
        """Leave a plugin out of whatever is chosen from now on; plans that were made are not this one's business."""
        self._withdrawn.add(plugin)

    def supersede(self) -> None:
        """Keep nothing alive that no request has: there is a newer generation."""
        with self._making:
            self._sets = weakref.WeakValueDictionary(self._sets)

    def _made(self, key: tuple[int, int, bool]) -> Plans:
        with self._making:
            found = self._sets.get(key)
            if found is None:
                choice = Choice(*key)
                found = self._make(self, self._members(choice.taking_part), self._authenticates(choice), choice)
                if len(self._sets) >= MOST_SETS and isinstance(self._sets, dict):
                    del self._sets[next(iter(self._sets))]
                self._sets[choice] = found
        return found

    def _members(self, taking_part: int) -> list[Member]:
        """Return the plugins that take part, in the order that they would have without the others."""
        members = {member.name: member for member in self._always if member.name not in self._withdrawn}
        for bit in bits_of(taking_part):
            member = self._narrowed[bit]
            if member.name not in self._withdrawn:
                members[member.name] = member
        return [members[name] for name in order_among(member.node for member in members.values())]

    def _authenticates(self, choice: Choice) -> bool:
        return self._always_authenticates or choice.taking_part & self._providers != 0

    def _failed(self, condition: str, instances: int, error: Exception) -> None:
        members = [self._narrowed[bit] for bit in bits_of(instances)]
        for member in members:
            member.record.condition_failures += 1
        self._complaints.tell(condition, [member.name for member in members], error)
