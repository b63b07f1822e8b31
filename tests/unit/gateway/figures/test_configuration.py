"""The operator's changes as figures."""

from types import SimpleNamespace

from routeiq.gateway.figures import configuration_families


def control(version, outcomes=None, problems=None):
    return SimpleNamespace(version=version, outcomes=outcomes or {}, problems=problems or {})


def test_outcomes_are_told_from_the_first_scrape_on():
    _, _, changes = configuration_families(control(0))
    assert changes.series == {(outcome,): 0 for outcome in ("applied", "refused", "conflict", "failed")}


def test_of_several_workers_the_one_that_is_behind_shows():
    families = configuration_families(control(3, {"applied": 2, "refused": 1}, {"p": "is wrong"}))
    others = configuration_families(control(2, {"applied": 1}))
    for family, other in zip(families, others, strict=True):
        family.merge(other)
    version, problems, changes = families
    assert (version.series, problems.series) == ({(): 2}, {(): 1})
    assert (changes.series["applied",], changes.series["refused",]) == (3, 1)
