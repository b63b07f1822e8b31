"""What is noted of a call while it runs."""

from routeiq_builtin_plugins.response_cache.notes import notes_of


def test_notes_are_kept_by_plugin():
    shared: dict = {}
    assert notes_of(shared, "response-cache") is notes_of(shared, "response-cache")
    assert notes_of(shared, "response-cache#b") is not notes_of(shared, "response-cache")
