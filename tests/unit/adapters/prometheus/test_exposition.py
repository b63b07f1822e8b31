"""Both formats, read back by prometheus_client's parsers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from routeiq.adapters.prometheus.exposition import OPENMETRICS, PIECE, TEXT, negotiated, rendered
from routeiq.adapters.prometheus.families import Family

BOTH = pytest.mark.parametrize(("exposition", "read"), [(TEXT, read_text), (OPENMETRICS, read_openmetrics)])


def samples(families, exposition, read):
    document = b"".join(rendered(families, exposition)).decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for metric in read(document)
        for sample in metric.samples
    }


def histogram(*observed, shown=()):
    family = Family("seconds", "histogram", "How long.", ("who",), (0.5, 1.0, 2.0), shown)
    for value in observed:
        family.observe(("a",), value)
    return family


@BOTH
def test_counters_and_gauges_are_read_as_they_are(exposition, read):
    families = [
        Family("open", "gauge", "Open.", series={(): -1.5}),
        Family("hits", "counter", "Hits.", ("a", "b"), series={("x", "y"): 3, ("x", "z"): 0}),
    ]
    assert samples(families, exposition, read) == {
        ("hits_total", ("a", "x"), ("b", "y")): 3,
        ("hits_total", ("a", "x"), ("b", "z")): 0,
        ("open",): -1.5,
    }


@BOTH
def test_types_and_helps_are_told(exposition, read):
    families = [Family("hits", "counter", 'A "\\" and\nmore.'), histogram(1), Family("open", "gauge", "Open.")]
    document = b"".join(rendered(families, exposition)).decode()
    told = {metric.name: (metric.type, metric.documentation) for metric in read(document)}
    assert told == {
        "hits": ("counter", 'A "\\" and\nmore.'),
        "open": ("gauge", "Open."),
        "seconds": ("histogram", "How long."),
    }


@BOTH
def test_buckets_count_all_that_is_below_their_bound(exposition, read):
    assert samples([histogram(0.1, 0.7, 3.0)], exposition, read) == {
        ("seconds_bucket", ("le", "0.5"), ("who", "a")): 1,
        ("seconds_bucket", ("le", "1.0"), ("who", "a")): 2,
        ("seconds_bucket", ("le", "2.0"), ("who", "a")): 2,
        ("seconds_bucket", ("le", "+Inf"), ("who", "a")): 3,
        ("seconds_count", ("who", "a")): 3,
        ("seconds_sum", ("who", "a")): pytest.approx(3.8),
    }


@BOTH
def test_bounds_that_are_not_shown_count_in_those_above_them(exposition, read):
    read_back = samples([histogram(0.1, 0.7, 3.0, shown=(1,))], exposition, read)
    buckets = {name[1][1]: value for name, value in read_back.items() if name[0] == "seconds_bucket"}
    assert buckets == {"1.0": 2, "+Inf": 3}


@BOTH
def test_a_histogram_without_labels(exposition, read):
    family = Family("seconds", "histogram", "", (), (1.0,))
    family.observe((), 0.5)
    read_back = samples([family], exposition, read)
    assert read_back[("seconds_count",)] == 1
    assert read_back["seconds_bucket", ("le", "1.0")] == 1


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), max_size=8),
        st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False)),
        max_size=5,
    )
)
def test_whatever_labels_hold_is_read_back(series):
    family = Family("odd", "gauge", "", ("who",), series={(who,): value for who, value in series.items()})
    for exposition, read in ((TEXT, read_text), (OPENMETRICS, read_openmetrics)):
        assert samples([family], exposition, read) == {("odd", ("who", who)): value for who, value in series.items()}


def test_what_is_no_number_is_told():
    family = Family("odd", "gauge", "", ("who",), series={("a",): math.nan, ("b",): math.inf, ("c",): -math.inf})
    lines = b"".join(rendered([family], TEXT)).decode().splitlines()
    assert lines[2:] == ['odd{who="a"} NaN', 'odd{who="b"} +Inf', 'odd{who="c"} -Inf']


def test_exemplars_are_for_openmetrics_and_of_the_buckets_that_are_shown():
    family = histogram(shown=(1,))
    family.observe(("a",), 0.2, {"trace_id": "4bf92f"})
    family.observe(("a",), 0.7, {"trace_id": "later"})
    family.observe(("a",), 5.0, {"trace_id": "x" * 128})  # longer than the standard allows
    assert b"trace_id" not in b"".join(rendered([family], TEXT))
    (metric,) = read_openmetrics(b"".join(rendered([family], OPENMETRICS)).decode())
    exemplars = [sample.exemplar for sample in metric.samples if sample.exemplar is not None]
    assert [(one.labels, one.value) for one in exemplars] == [({"trace_id": "later"}, 0.7)]


def test_a_long_document_comes_in_pieces():
    family = Family("hits", "counter", "", ("who",), series={(str(number),): number for number in range(2 * PIECE)})
    pieces = [*rendered([family], TEXT)]
    assert [piece.count(b"\n") for piece in pieces] == [PIECE, PIECE, 2]
    assert len(samples([family], TEXT, read_text)) == 2 * PIECE


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", TEXT),
        ("*/*", TEXT),
        ("application/openmetrics-text", OPENMETRICS),
        ("application/openmetrics-text; version=1.0.0; q=0.5, text/plain;version=0.0.4;q=0.3, */*;q=0.1", OPENMETRICS),
        ("application/openmetrics-text;q=0.2,text/plain;q=0.9", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;q=much", TEXT),
        ("text/html, Application/OpenMetrics-Text", OPENMETRICS),
    ],
)
def test_the_scraper_chooses_the_format(accept, expected):
    assert negotiated(accept) is expected
