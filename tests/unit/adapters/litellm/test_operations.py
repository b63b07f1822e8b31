"""Which functions of LiteLLM are operations, and their arguments by name."""

import pytest

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from routeiq.adapters.litellm.operations import functions, methods  # noqa: E402


def by_name():
    return {operation.name: operation for operation, _ in functions(litellm)}


def test_every_api_has_its_functions():
    found = by_name()
    assert {operation.api for operation in found.values()} == {
        "chat",
        "completion",
        "embedding",
        "responses",
        "messages",
    }
    assert found["acompletion"].asynchronous
    assert not found["completion"].asynchronous


@pytest.mark.parametrize(
    ("name", "args", "named"),
    [
        ("completion", ("m", [1]), {"model": "m", "messages": [1]}),
        ("aembedding", ("m", "text"), {"model": "m", "input": "text"}),
        ("atext_completion", ("text", "m"), {"prompt": "text", "model": "m"}),
        ("aresponses", ("text", "m"), {"input": "text", "model": "m"}),
        ("anthropic_messages", (5, [1], "m"), {"max_tokens": 5, "messages": [1], "model": "m"}),
    ],
)
def test_arguments_by_position_have_names(name, args, named):
    assert by_name()[name].keywords(args, {"stream": True}) == {**named, "stream": True}


def test_methods_of_the_router_are_without_self():
    found = {operation.name: operation for operation, _ in methods(litellm.Router)}
    assert found["acompletion"].positional[:2] == ("model", "messages")
    assert found["aembedding"].keywords(("m", "x"), {}) == {"model": "m", "input": "x"}


def test_wrong_arguments_raise_as_the_function_would():
    operation = by_name()["completion"]
    with pytest.raises(TypeError, match="multiple values for argument 'model'"):
        operation.keywords(("m",), {"model": "m"})
    with pytest.raises(TypeError, match="positional arguments"):
        operation.keywords(tuple(range(200)), {})
