"""How much of what a guard shall find it finds, and what else: labelled texts, and precision and recall over them.

`python -m benchmarks.accuracy` writes the data that are made from a seed, and the table in each guard's README.md. Both
depend on nothing but what is in the repository; a test compares them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data" / "guards"
_TABLE = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- end of measured -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sample:
    """A text, and what is to be found in it.

    Attributes:
        findings: Each a label, or a label, a colon and what was found, such as `email:a@example.com`.
        group: What kind of text it is, such as `order numbers`.
    """

    text: str
    findings: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """What was found of one label.

    Attributes:
        right: Found, and to be found.
        wrong: Found, and not to be found.
        missed: To be found, and not found.
    """

    label: str
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """How much of what was found is right; 1 where nothing was."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """How much of what is to be found was; 1 where there is nothing."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def written(samples: Iterable[Sample]) -> str:
    """Return samples as JSON lines."""
    lines = (
        json.dumps({"text": s.text, "findings": s.findings, "group": s.group}, ensure_ascii=False) for s in samples
    )
    return "".join(f"{line}\n" for line in lines)


def read(plugin: str) -> list[Sample]:
    """Return a guard's labelled texts."""
    lines = (DATA / f"{plugin}.jsonl").read_text(encoding="utf-8").split("\n")
    loaded = (json.loads(line) for line in lines if line)
    return [Sample(one["text"], tuple(one["findings"]), one.get("group", "")) for one in loaded]


def scores(samples: Sequence[Sample], detect: Callable[[str], Iterable[str]]) -> list[Score]:
    """Return the scores by label, and over all labels, `all`, at the end."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for sample in samples:
        expected, found = Counter(sample.findings), Counter(detect(sample.text))
        _count(right, expected & found)
        _count(wrong, found - expected)
        _count(missed, expected - found)
    labels = sorted({*right, *wrong, *missed})
    every = [Score(label, right[label], wrong[label], missed[label]) for label in labels]
    return [*every, Score("all", right.total(), wrong.total(), missed.total())]


def _count(counts: Counter[str], findings: Counter[str]) -> None:
    for finding, times in findings.items():
        counts[finding.partition(":")[0]] += times


def table(samples: Sequence[Sample], detect: Callable[[str], Iterable[str]]) -> str:
    """Return the scores as a table for people, and how often texts are suspected in which there is nothing."""
    return "\n".join(_table(samples, detect))


def _table(samples: Sequence[Sample], detect: Callable[[str], Iterable[str]]) -> Iterator[str]:
    yield from (
        "| | to be found | found | wrongly found | precision | recall |",
        "| --- | --- | --- | --- | --- | --- |",
    )
    found = scores(samples, detect)
    by_group = {
        group: [sample for sample in samples if sample.findings and sample.group == group]
        for group in dict.fromkeys(sample.group for sample in samples if sample.findings)
    }
    if len(found) <= 2 and len(by_group) > 1:  # of one label alone, what kinds of text it was found in tells more
        for group, these in by_group.items():
            total = scores(these, detect)[-1]
            yield f"| {group} | {len(these)} | {total.right} | | | {total.recall:.3f} |"
    for score in found if len(found) > 2 else found[-1:]:
        numbers = f"{score.right + score.missed} | {score.right} | {score.wrong}"
        yield f"| {score.label} | {numbers} | {score.precision:.3f} | {score.recall:.3f} |"
    clean = [sample for sample in samples if not sample.findings]
    suspected = Counter(sample.group for sample in clean if any(True for _ in detect(sample.text)))
    groups = ", ".join(f"{count} of {group}" for group, count in sorted(suspected.items()))
    yield ""
    told = f", and in {suspected.total()} of these something was" if clean else ""
    which = f": {groups}" if groups else ""
    yield f"{len(samples)} texts; in {len(clean)} of them there is nothing to be found{told}{which}."
    yield ""


def page(plugin: str) -> Path:
    """Return the page of a guard."""
    folder = REPOSITORY / "builtin_plugins" / "routeiq_builtin_plugins" / plugin.replace("-", "_")
    return folder / "README.md"


def page_text(plugin: str, detect: Callable[[str], Iterable[str]]) -> str:
    """Return a guard's page with its table made anew. Raises ValueError for a page without the markers."""
    made, count = _TABLE.subn(lambda _: table(read(plugin), detect), page(plugin).read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError(f"{page(plugin)} must have the lines '<!-- measured -->' and '<!-- end of measured -->' once")
    return made


def main() -> None:
    """Write the data and the tables."""
    from benchmarks.guard_cases import cases

    for plugin, case in cases().items():
        if hasattr(case, "samples"):
            (DATA / f"{plugin}.jsonl").write_text(written(case.samples()), encoding="utf-8")
        page(plugin).write_text(page_text(plugin, case.detector()), encoding="utf-8")


if __name__ == "__main__":
    main()
