"""Laws of figures: what processes counted together is what one would have counted, and no total that was told falls."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from routeiq.adapters.prometheus import Family, Snapshot, merged
from routeiq.gateway.figures import ledger
from routeiq.gateway.figures.ledger import Ledger

# Whole numbers, since sums of others depend on their order in the last digit.
observations = st.lists(
    st.tuples(st.sampled_from(["hits", "seconds", "open", "most"]), st.sampled_from("abc"), st.integers(0, 20)),
    max_size=30,
)


def empty() -> dict[str, Family]:
    families = [
        Family("hits", "counter", labels=("who",)),
        Family("seconds", "histogram", labels=("who",), bounds=(1, 5, 10)),
        Family("open", "gauge", labels=("who",)),
        Family("most", "gauge", labels=("who",), together="max"),
    ]
    return {family.name: family for family in families}


def counted(seen: list[tuple[str, str, int]]) -> Snapshot:
    families = empty()
    for name, who, amount in seen:
        family = families[name]
        if family.kind == "histogram":
            family.observe((who,), amount)
        elif name == "most":
            family.series[who,] = max(amount, family.series.get((who,), 0))  # type: ignore[type-var]
        else:
            family.add((who,), amount)
    return Snapshot(families)


def series(snapshot: Snapshot) -> dict[str, Any]:
    return {name: family.series for name, family in snapshot.families.items()}


@given(st.lists(observations, min_size=1, max_size=4))
def test_the_sum_of_snapshots_is_the_snapshot_of_all(processes: list[list[tuple[str, str, int]]]) -> None:
    together = merged(counted(one) for one in processes)
    assert series(together) == series(counted([seen for one in processes for seen in one]))


@given(observations, observations, observations)
def test_it_does_not_matter_in_which_order_processes_are_added(
    a: list[tuple[str, str, int]], b: list[tuple[str, str, int]], c: list[tuple[str, str, int]]
) -> None:
    one, two, three = counted(a), counted(b), counted(c)
    left, right = merged([merged([one, two]), three]), merged([one, merged([two, three])])
    assert series(left) == series(right) == series(merged([three, one, two]))


@given(observations)
def test_nothing_changes_on_the_way_through_json(seen: list[tuple[str, str, int]]) -> None:
    one = counted(seen)
    assert Snapshot.from_dict(copy.deepcopy(one.to_dict())) == one


class Workers(RuleBasedStateMachine):
    """Workers count, are scraped, die at any moment, and are replaced; files are folded, with accidents in between."""

    def __init__(self) -> None:
        super().__init__()
        self.place = TemporaryDirectory()
        self.ended: set[int] = set()
        self.next_process = 1_000_000
        self.workers: list[tuple[Ledger, dict[str, Family]]] = []
        self.told: dict[tuple[str, tuple[str, ...]], Any] = {}
        self.now: Snapshot | None = None
        self.start()
        self.start()

    def teardown(self) -> None:
        self.place.cleanup()

    def start(self) -> None:
        one = Ledger(Path(self.place.name) / "figures")
        self.next_process += 1
        one.name = f"{self.next_process}-{one.name.partition('-')[2]}"
        self.workers.append((one, empty()))

    @rule(number=st.integers(0, 1), who=st.sampled_from("ab"), amount=st.floats(0, 20))
    def count(self, number: int, who: str, amount: float) -> None:
        families = self.workers[number][1]
        families["hits"].add((who,), amount)
        families["seconds"].observe((who,), amount)

    @rule(asked=st.integers(0, 1), answers=st.booleans())
    def scrape(self, asked: int, answers: bool) -> None:
        """Have one worker tell the figures of all; the other may be too slow to bring its file up to date."""
        ledger, families = self.workers[asked]
        ledger.write(Snapshot(families))
        if answers:
            other, others = self.workers[1 - asked]
            other.write(Snapshot(others))
        read = ledger.read()
        living = [name for name in (one.name for one, _ in self.workers) if name in read]
        self.now = merged([read[name] for name in living], [read[name] for name in read if name not in living])

    @rule(number=st.integers(0, 1))
    def die(self, number: int) -> None:
        self.ended.add(int(self.workers.pop(number)[0].name.partition("-")[0]))
        self.start()

    @precondition(lambda self: self.ended)
    @rule(interrupted=st.booleans())
    def fold(self, interrupted: bool) -> None:
        """Fold whatever can be, and perhaps die before what was folded is removed."""
        one = self.workers[0][0]
        files = {path: path.read_bytes() for path in Path(self.place.name).glob("figures/*-*.json")}
        # The processes are not real, so that the system cannot be asked whether they have ended.
        original = ledger._has_ended, ledger.MANY
        ledger._has_ended = lambda name: int(name.partition("-")[0]) in self.ended
        ledger.MANY = 1  # type: ignore[misc]
        try:
            one.fold()
        finally:
            ledger._has_ended, ledger.MANY = original  # type: ignore[misc]
        if interrupted:
            for path, content in files.items():
                path.write_bytes(content)

    @invariant()
    def totals_never_fall(self) -> None:
        if self.now is None:
            return
        for name in ("hits", "seconds"):
            for labels, value in self.now.families.get(name, Family(name, "counter")).series.items():
                cells = [float(cell) for cell in (value if isinstance(value, list) else [value])]
                before = self.told.get((name, labels), [0] * len(cells))
                assert all(new >= old for new, old in zip(cells, before, strict=True)), (name, labels, before, cells)
        for (name, labels), _ in self.told.items():
            assert labels in self.now.families[name].series, (name, labels)
        for name in ("hits", "seconds"):
            for labels, value in self.now.families[name].series.items() if name in self.now.families else ():
                self.told[name, labels] = [float(cell) for cell in (value if isinstance(value, list) else [value])]


TestWorkers = Workers.TestCase
TestWorkers.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_this_process_has_not_ended() -> None:
    assert not ledger._has_ended(f"{os.getpid()}-x")
