"""What `upskill eval` leaves in its folder of runs, in the form of its version 0.2.1."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

SUMMARY: Final = "batch_summary.json"
MOST_BYTES: Final = 16 * 1024 * 1024


class ReportInvalid(Exception):
    """The folder of runs has no result that makes sense. The message says what is wrong."""


@dataclass(frozen=True, slots=True)
class SkillScore:
    """What a skill came to with one model.

    Attributes:
        score: The share of its test cases that passed, from 0 to 1.
        baseline: The same without the skill; None where that was not tried.
        tokens: What the runs with the skill took, and `baseline_tokens`, what those without it did.
    """

    model: str
    score: float
    baseline: float | None
    tokens: int
    baseline_tokens: int

    @property
    def lift(self) -> float | None:
        """What the skill adds to the share of passed cases."""
        return None if self.baseline is None else self.score - self.baseline

    @property
    def token_savings(self) -> float | None:
        """The share of the tokens that the skill saves; below 0 if it takes more."""
        return 1 - self.tokens / self.baseline_tokens if self.baseline is not None and self.baseline_tokens else None

    @property
    def beneficial(self) -> bool | None:
        """Whether the skill is worth having, by `upskill`'s own rule; None without a baseline."""
        lift = self.lift
        if lift is None:
            return None
        return lift > 0.05 or (lift >= 0 and (self.token_savings or 0) > 0.2)

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        derived = {"lift": self.lift, "token_savings": self.token_savings, "beneficial": self.beneficial}
        return {**asdict(self), **derived}


def read_report(runs: Path) -> list[SkillScore]:
    """Return the scores of the one batch in a folder of runs, by model and in its order.

    Raises:
        ReportInvalid: if there is none, or it makes no sense.
    """
    found = sorted(runs.glob(f"*/{SUMMARY}"))
    if len(found) != 1:
        raise ReportInvalid(f"there are {len(found)} files {SUMMARY} in the folder of runs, where there should be one")
    try:
        with found[0].open("rb") as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise ReportInvalid(f"{SUMMARY} has more than {MOST_BYTES} bytes")
        results = json.loads(text)["results"]
        runs_by_model: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
        for result in results:
            kinds = runs_by_model.setdefault(str(result["metadata"]["model"]), {"with_skill": [], "baseline": []})
            kinds[result.get("run_type", "with_skill")].append(result)
        scores = [_score(model, kinds["with_skill"], kinds["baseline"]) for model, kinds in runs_by_model.items()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReportInvalid(f"{SUMMARY} makes no sense: {type(error).__name__}: {error}") from error
    if not scores:
        raise ReportInvalid(f"{SUMMARY} has no results")
    return scores


def _score(model: str, with_skill: list[Mapping[str, Any]], baseline: list[Mapping[str, Any]]) -> SkillScore:
    without = _rate(baseline) if baseline else None
    return SkillScore(model, _rate(with_skill), without, _tokens(with_skill), _tokens(baseline))


def _rate(runs: list[Mapping[str, Any]]) -> float:
    total = sum(int(run["assertions_total"]) for run in runs)
    passed = sum(int(run["assertions_passed"]) for run in runs)
    if not 0 <= passed <= total or not runs:
        raise ValueError(f"{passed} of {total} assertions passed")
    return passed / total if total else 0.0


def _tokens(runs: Iterable[Mapping[str, Any]]) -> int:
    return sum(int((run.get("stats") or {}).get("total_tokens") or 0) for run in runs)
