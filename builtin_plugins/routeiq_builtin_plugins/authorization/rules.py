"""Rules in their order: the first that fits decides, and where none fits the answer is no.

A rule fits if all that it names fits. A rule about models says nothing of a request whose model is not known yet: if it
might permit it later, the request goes on to be judged as a call.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from routeiq_plugin_sdk import Principal

Effect = Literal["allow", "deny"]

_SLASHES: Final = re.compile(r"/{2,}")
_STARS: Final = re.compile(r"\*+")


class Patterns:
    """Texts in which `*` stands for any text, slashes included, and everything else for itself.

    They are compared in linear time: a regular expression with three stars takes the cube of a path's length.
    """

    __slots__ = ("_exact", "_parts")

    def __init__(self, patterns: Iterable[str]) -> None:
        patterns = tuple(patterns)
        self._exact = frozenset(one for one in patterns if "*" not in one)
        self._parts = tuple(tuple(_STARS.split(one)) for one in patterns if "*" in one)

    def match(self, text: str) -> bool:
        """Return whether one of them stands for the whole text."""
        return text in self._exact or any(_fits(parts, text) for parts in self._parts)


def _fits(parts: tuple[str, ...], text: str) -> bool:
    first, *between, last = parts
    begin, end = len(first), len(text) - len(last)
    if end < begin or not text.startswith(first) or not text.endswith(last):
        return False
    for part in between:
        # The first place is the best one: it leaves most for what follows.
        found = text.find(part, begin, end)
        if found < 0:
            return False
        begin = found + len(part)
    return True


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something is allowed, and by which rule; None: because there is none that fits."""

    allowed: bool
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; what is None is not asked.

    Attributes:
        principals, roles: Whom it is about: an id, or one of the roles.
        anonymous: Whether it is about those whom nobody knows, too.
    """

    name: str
    effect: Effect
    paths: Patterns | None = None
    methods: frozenset[str] | None = None
    models: Patterns | None = None
    principals: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    anonymous: bool = False

    def is_about(self, principal: Principal | None) -> bool:
        """Return whether it is about a principal."""
        if principal is None:
            return self.anonymous
        if self.principals is None and self.roles is None:
            return True
        return principal.id in (self.principals or ()) or not principal.roles.isdisjoint(self.roles or ())

    def is_of(self, method: str | None, path: str | None) -> bool:
        """Return whether it is about a method and a path; outside HTTP, where there are none, only if it names none."""
        if self.methods is not None and method not in self.methods:
            return False
        if self.paths is None:
            return True
        if path is None:
            return False
        # Whether an application resolves `//` and `..` is its own affair: what is allowed is so in both readings, and
        # what is denied in either.
        fits = (self.paths.match(one) for one in {path, normal(path)})
        return all(fits) if self.effect == "allow" else any(fits)


class Judge:
    """All rules. Without one everything is allowed."""

    __slots__ = ("_names_models", "_rules")

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._names_models = any(rule.models is not None for rule in self._rules)

    def request(self, principal: Principal | None, method: str, path: str) -> Verdict:
        """Return what is known of a request before its body is read: denied only if no model could change that."""
        for rule in self._rules:
            if rule.is_about(principal) and rule.is_of(method, path):
                if rule.models is None:
                    return Verdict(rule.effect == "allow", rule.name)
                if rule.effect == "allow":
                    return Verdict(True, rule.name)
        return Verdict(not self._rules)

    def call(
        self, principal: Principal | None, method: str | None, path: str | None, models: Collection[str]
    ) -> Verdict:
        """Return whether a call is allowed.

        Args:
            models: What the client asked for, and what plugins made of it: each of them must be allowed.
        """
        if not self._names_models and path is not None:
            return Verdict(True)  # judged as a request already
        verdict = Verdict(not self._rules)
        for model in sorted(models):
            verdict = self._one(principal, method, path, model)
            if not verdict.allowed:
                break
        return verdict

    def _one(self, principal: Principal | None, method: str | None, path: str | None, model: str) -> Verdict:
        for rule in self._rules:
            if not (rule.is_about(principal) and rule.is_of(method, path)):
                continue
            if rule.models is None or rule.models.match(model):
                return Verdict(rule.effect == "allow", rule.name)
        return Verdict(not self._rules)


def normal(path: str) -> str:
    """Return a path with `//`, `.` and `..` resolved."""
    kept: list[str] = []
    for part in _SLASHES.sub("/", path).split("/")[1:]:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    return "/" + "/".join(kept)
