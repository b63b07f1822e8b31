"""What is noted of a request while it runs."""

from routeiq_builtin_plugins.request_log.notes import notes_of


def test_notes_are_kept_by_plugin_and_by_call():
    shared: dict = {}
    notes = notes_of(shared, "request-log")
    assert notes_of(shared, "request-log") is notes
    assert notes_of(shared, "request-log#other") is not notes
    assert notes.of("a") is notes.of("a")
    assert notes.of("a") is not notes.of("b")
