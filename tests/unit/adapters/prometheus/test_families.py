"""Families count in place, travel as JSON, and are added up."""

import math

import orjson
import pytest

from routeiq.adapters.prometheus.families import Family, merge


def counter(**series):
    return Family("hits", "counter", "Hits.", ("who",), series={(who,): value for who, value in series.items()})


def histogram(*observed, bounds=(1.0, 2.0)):
    family = Family("seconds", "histogram", "Seconds.", ("who",), bounds)
    for value in observed:
        family.observe(("a",), value)
    return family


def test_a_counter_adds_by_its_labels():
    family = counter()
    family.add(("a",))
    family.add(("a",), 2)
    family.add(("b",), 0.5)
    assert family.series == {("a",): 3, ("b",): 0.5}


def test_a_histogram_sorts_values_into_buckets_whose_bounds_belong_to_them():
    assert histogram(0.5, 1.0, 1.5, 2.0, 9.0).series == {("a",): [14.0, 2, 2, 1]}


def test_the_latest_value_with_a_trace_is_a_buckets_exemplar():
    family = histogram()
    for value, trace in ((0.1, "1"), (0.2, None), (0.3, "2"), (5.0, "3")):
        family.observe(("a",), value, None if trace is None else {"trace_id": trace})
    kept = {bucket: (one.labels["trace_id"], one.value) for (_, bucket), one in family.exemplars.items()}
    assert kept == {0: ("2", 0.3), 2: ("3", 5.0)}


def test_what_processes_counted_is_added():
    family = counter(a=1, b=2)
    family.merge(counter(b=3, c=4))
    assert family.series == {("a",): 1, ("b",): 5, ("c",): 4}
    times = histogram(0.5)
    times.merge(histogram(0.5, 1.5))
    assert times.series == {("a",): [2.5, 2, 1, 0]}


@pytest.mark.parametrize(("together", "expected"), [("sum", 9), ("max", 5), ("min", 4)])
def test_gauges_make_together_what_they_say(together, expected):
    family, other = (Family("open", "gauge", together=together, series={(): value}) for value in (4, 5))
    family.merge(other)
    assert family.series == {(): expected}


def test_the_later_exemplar_stays():
    one, other = histogram(), histogram()
    one.observe(("a",), 0.1, {"trace_id": "1"})
    other.observe(("a",), 0.2, {"trace_id": "2"})
    for first, second in ((one.copy(), other), (other.copy(), one)):
        first.merge(second)
        assert first.exemplars[("a",), 0].labels == {"trace_id": "2"}


@pytest.mark.parametrize(
    "other",
    [histogram(0.5, bounds=(1.0, 3.0)), counter(a=1), Family("seconds", "histogram", "", ("where",), (1.0, 2.0))],
)
def test_what_counts_otherwise_under_the_same_name_is_left_out(other):
    family = histogram(0.5)
    family.merge(other)
    assert family.series == histogram(0.5).series


def test_a_copy_counts_on_by_itself():
    family = histogram(0.5)
    copy = family.copy()
    family.observe(("a",), 0.5)
    assert copy == histogram(0.5)


def test_of_a_process_that_has_ended_only_totals_count():
    families = {"hits": counter(a=1), "open": Family("open", "gauge", series={(): 4})}
    ended = [counter(a=2), Family("open", "gauge", series={(): 5}), histogram(0.5)]
    merge(families, ended, totals_only=True)
    assert families["hits"].series == {("a",): 3}
    assert families["open"].series == {(): 4}
    families["seconds"].observe(("a",), 0.5)
    assert ended[2].series == histogram(0.5).series


def test_a_family_is_the_same_after_its_way_through_json():
    family = histogram(0.5, math.inf)
    family.shown = (1,)
    family.observe(("a",), 0.1, {"trace_id": "1"})
    odd = Family("odd", "gauge", together="max", series={(): -math.inf})
    for one in (family, odd, counter(a=2**60)):
        assert Family.from_dict(orjson.loads(orjson.dumps(one.to_dict()))) == one
    nothing = Family("nan", "gauge", series={(): math.nan})
    assert math.isnan(Family.from_dict(orjson.loads(orjson.dumps(nothing.to_dict()))).series[()])


def test_sums_are_exact_whatever_their_order():
    tenth = Family("cost", "counter", series={(): 0.1})
    sums = []
    for amounts in ((0.1, 0.2, 0.3), (0.3, 0.2, 0.1)):
        family = Family("cost", "counter", series={(): 0})
        for amount in amounts:
            family.merge(Family("cost", "counter", series={(): amount}))
        sums.append(float(family.series[()]))
        again = Family.from_dict(orjson.loads(orjson.dumps(family.to_dict())))
        assert again == family
    assert sums[0] == sums[1] == math.fsum((0.1, 0.2, 0.3))
    tenth.merge(Family("cost", "counter", series={(): math.inf}))
    assert tenth.series == {(): math.inf}
