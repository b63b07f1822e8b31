"""The changes of a configuration, applied."""

from routeiq_plugin_sdk import Headers, PluginRequest

from routeiq_builtin_plugins.headers.config import Changes, Config
from routeiq_builtin_plugins.headers.edits import Edit, Edits

REQUEST = PluginRequest.mock(id="r1")


def test_headers_are_removed_then_set_then_added():
    edit = Edit(Changes(remove=["a"], set={"b": "{request.id}", "a": "new"}, add={"b": "more"}))
    headers = Headers.of([("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("b", "5")])
    assert edit.apply(headers, REQUEST).items_list() == [("c", "4"), ("b", "r1"), ("a", "new"), ("b", "more")]


def test_an_edit_of_nothing_is_false():
    edits = Edits(Config(response=Changes(remove=["a"])))
    assert (bool(edits.request), bool(edits.response)) == (False, True)
