"""What is noted of a call while it runs."""

from routeiq_builtin_plugins.cost_tracker.notes import notes_of


def test_notes_are_kept_by_plugin_and_taken_once():
    shared: dict = {}
    notes = notes_of(shared, "cost-tracker").of("a")
    assert notes_of(shared, "cost-tracker#b").of("a") is not notes
    assert notes_of(shared, "cost-tracker").take("a") is notes
    assert notes_of(shared, "cost-tracker").take("a") is not notes
