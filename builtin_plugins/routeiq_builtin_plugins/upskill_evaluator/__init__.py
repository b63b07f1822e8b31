"""The plugin `upskill-evaluator`: scores calls by success and latency, and evaluates skills with `upskill`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from routeiq_plugin_sdk import (
    EvaluationResult,
    GatewayPlugin,
    Invocation,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    StorageUnavailable,
    Timer,
    hookimpl,
)

from .command import CommandFailed
from .config import Config, Skills
from .evaluation import environment_of, evaluate_skill, program_of, signature_of
from .library import Skill, skills
from .reports import ReportInvalid, SkillScore
from .scoring import judge

metadata: Final = PluginMetadata(
    name="upskill-evaluator",
    description="Scores calls by success and latency, and evaluates skills with the command line upskill.",
    capabilities={PluginCapability.EVALUATOR},
    config_schema=Config,
    depends_on={"evaluator"},
    enabled_by_default=False,
    priority=2000,
    gateway_compat=">=0.1,<1",
)

EVALUATED: Final = "upskill-evaluator.skill-evaluated"


class UpskillEvaluator(GatewayPlugin):
    """The plugin. One skill is evaluated at a time, in one process of all that share the gateway's state."""

    metadata = metadata

    def __init__(self) -> None:
        self._timer: Timer | None = None
        self._missing: str | None = None
        self._told: dict[str, str] = {}
        self._done: dict[str, str] = {}

    @hookimpl.startup
    def startup(self, context: PluginContext) -> None:
        """Begin to look for skills that have changed."""
        self._set_timer(context.config.skills)

    @hookimpl.config_changed
    def config_changed(self, old: Config, new: Config) -> None:
        """Look as often as the new configuration says."""
        if (old.skills.interval, old.skills.enabled) != (new.skills.interval, new.skills.enabled):
            self._set_timer(new.skills)

    def _set_timer(self, config: Skills) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.context.every(config.interval, self.look, leader=True) if config.enabled else None

    @hookimpl.health_check
    def health_check(self) -> Mapping[str, Any]:
        """Say whether the program was missed; that is no fault of the gateway's."""
        return {"status": "ok", **({} if self._missing is None else {"skills": f"{self._missing} is not installed"})}

    @hookimpl.evaluate
    async def evaluate(self, invocation: Invocation, context: PluginContext) -> EvaluationResult | None:
        """Score a call by its success and its latency."""
        return judge(invocation, context.config.scoring)

    async def look(self, context: PluginContext) -> None:
        """Evaluate the skills that have changed since they were evaluated, one after the other."""
        config: Skills = context.config.skills
        environment = environment_of(config)
        program = program_of(config, environment)
        if program is None:
            self._tell_missing(config.command, context)
            return
        self._missing = None
        for found in await asyncio.to_thread(lambda: list(skills(config.directory, config.tests))):
            if not isinstance(found, Skill):
                self._tell_once(found[0], found[1], context)
            elif config.require_tests and not found.has_tests:
                self._tell_once(found.name, f"has no test cases ({config.tests})", context)
            elif await self._is_new(found, config, context):
                await self._evaluate(program, found, config, environment, context)

    async def _is_new(self, skill: Skill, config: Skills, context: PluginContext) -> bool:
        signature = signature_of(skill, config)
        if self._done.get(skill.name) == signature:
            return False
        try:
            return bool(await context.storage.get(_key(skill)) != signature)
        except StorageUnavailable:
            return False  # it would be evaluated at every look: that can wait until the store is back

    async def _evaluate(
        self, program: str, skill: Skill, config: Skills, environment: Mapping[str, str], context: PluginContext
    ) -> None:
        runs = context.metrics.counter("skill_runs", "Evaluations of skills, by how they ended.", ["skill", "outcome"])
        context.logger.info("a skill is evaluated", skill=skill.name, models=list(config.models))
        scores: list[SkillScore] = []
        try:
            scores = await evaluate_skill(program, skill, config, environment)
        except (CommandFailed, ReportInvalid) as error:
            output = error.output if isinstance(error, CommandFailed) else ""
            context.logger.warning("a skill could not be evaluated", skill=skill.name, reason=str(error), output=output)
        runs.inc(skill=skill.name, outcome="evaluated" if scores else "failed")
        for score in scores:
            self._export(skill, score, context)
        # One at which the program fails is not tried again either until it changes: each try costs money.
        self._done[skill.name] = signature_of(skill, config)
        await context.storage.set(_key(skill), self._done[skill.name])

    def _export(self, skill: Skill, score: SkillScore, context: PluginContext) -> None:
        labels = {"skill": skill.name, "model": score.model}
        gauges = {
            "skill_score": (score.score, "The share of a skill's test cases that passed with it, from 0 to 1."),
            "skill_baseline": (score.baseline, "The same without the skill."),
            "skill_lift": (score.lift, "What a skill adds to the share of its test cases that pass."),
        }
        for name, (value, description) in gauges.items():
            if value is not None:
                context.metrics.gauge(name, description, ["skill", "model"]).set(value, **labels)
        document = score.to_dict()
        context.logger.info("a skill was evaluated", skill=skill.name, **document)
        context.events.emit(EVALUATED, {"skill": skill.name, **document})

    def _tell_missing(self, command: str, context: PluginContext) -> None:
        if self._missing != command:
            self._missing = command
            context.logger.warning(
                "skills are not evaluated: the program is not installed (pip install upskill, for Python 3.13)",
                command=command,
            )

    def _tell_once(self, skill: str, reason: str, context: PluginContext) -> None:
        if self._told.get(skill) != reason:
            self._told[skill] = reason
            context.logger.info("a skill is not evaluated", skill=skill, reason=reason)


def _key(skill: Skill) -> str:
    return f"skill:{skill.name}"
