"""The fields that a configuration chooses."""

from routeiq_builtin_plugins.request_log.fields import CONTENT, INPUT, NAMES, OUTPUT, USUAL, Selection


def test_contents_are_written_only_on_request():
    assert not any(Selection.of((), ()).wants(name) for name in CONTENT)
    assert not set(CONTENT) & set(USUAL)
    assert Selection.of((INPUT,), ()).wants(INPUT)


def test_what_is_both_added_and_removed_is_not_written():
    selection = Selection.of((OUTPUT, "http.request.header.a"), (OUTPUT, "http.request.header.a"))
    assert not selection.wants(OUTPUT)
    assert selection.request_headers == ()


def test_no_name_stands_twice():
    assert len(set(NAMES)) == len(NAMES)
