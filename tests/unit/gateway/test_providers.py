"""Which backend serves a model, by its name in LiteLLM's form."""

import pytest

from routeiq.gateway.providers import FOREIGN, PROVIDERS, Placement, find_placement, split_model


def test_a_provider_that_speaks_openais_api_is_reached_at_its_own_address():
    placement = find_placement("groq/llama-3.3-70b")
    assert (placement.provider, placement.upstream_model, placement.backend) == ("groq", "llama-3.3-70b", "openai")
    assert placement.api_base == "https://api.groq.com/openai/v1"


def test_the_settings_address_comes_before_the_providers():
    assert find_placement("openai/gpt-4o", api_base="http://10.0.0.5/v1/").api_base == "http://10.0.0.5/v1"


@pytest.mark.parametrize("model", ["gpt-4o-mini", "o3", "o1-mini", "text-embedding-3-small", "ft:gpt-4o:acme::1", "*"])
def test_a_model_that_only_openai_has_needs_no_prefix(model):
    placement = find_placement(model)
    assert (placement.provider, placement.upstream_model) == ("openai", model)


def test_a_name_with_an_unknown_prefix_is_sent_whole_to_the_given_address():
    placement = find_placement("meta-llama/Llama-3", api_base="http://vllm:8000/v1")
    assert (placement.provider, placement.upstream_model, placement.backend) == (
        "openai",
        "meta-llama/Llama-3",
        "openai",
    )


def test_only_the_first_prefix_is_the_provider():
    assert find_placement("openrouter/openai/gpt-4o").upstream_model == "openai/gpt-4o"


def test_custom_llm_provider_names_the_provider_beside_the_model():
    placement = find_placement("meta-llama/Llama-3", provider="together_ai")
    assert (placement.provider, placement.upstream_model) == ("together_ai", "meta-llama/Llama-3")
    assert split_model("groq/llama", "groq") == ("groq", "llama")


@pytest.mark.parametrize("base", ["http://gpu:11434", "http://gpu:11434/", "http://gpu:11434/v1"])
def test_ollamas_address_is_completed_to_where_its_openai_api_begins(base):
    assert find_placement("ollama/llama3", api_base=base).api_base == "http://gpu:11434/v1"


def test_echo_has_no_address():
    assert find_placement("echo/anything").backend == "echo"
    assert find_placement("gpt-4o", backend="echo").api_base is None


@pytest.mark.parametrize("base", [None, "http://10.0.0.5/v1"])
@pytest.mark.parametrize("model", ["anthropic/claude-sonnet", "azure/gpt-4o", "bedrock/x", "vertex_ai/gemini-pro"])
def test_a_provider_with_an_api_of_its_own_is_served_by_litellm(model, base):
    provider, _, name = model.partition("/")
    assert find_placement(model, api_base=base) == Placement(provider, name, "litellm", base)


def test_parameters_that_only_litellm_knows_have_it_serve_the_deployment():
    assert find_placement("openai/x", plain=False).backend == "litellm"
    assert find_placement("openai/x", "openai", plain=False).backend == "openai"
    assert find_placement("echo/x", plain=False).backend == "echo"


def test_the_operator_can_say_that_it_speaks_openais_api_all_the_same():
    placement = find_placement("anthropic/claude", backend="openai", api_base="https://api.example.com/v1")
    assert (placement.upstream_model, placement.backend) == ("claude", "openai")


@pytest.mark.parametrize(
    ("model", "provider", "upstream_model"),
    [
        ("some_new_provider/model-7", "some_new_provider", "model-7"),
        ("claude-sonnet", "litellm", "claude-sonnet"),
        ("gemini/*", "gemini", "*"),
    ],
)
def test_what_is_not_known_here_is_litellms(model, provider, upstream_model):
    assert find_placement(model) == Placement(provider, upstream_model, "litellm", None)


def test_a_model_without_provider_is_told_how_to_name_one():
    with pytest.raises(ValueError, match=r"names no provider.*write openai/claude-sonnet"):
        find_placement("claude-sonnet", backend="openai")


def test_software_without_an_address_of_its_own_needs_one():
    with pytest.raises(ValueError, match=r"'hosted_vllm' has no address of its own.*api_base"):
        find_placement("hosted_vllm/llama")


def test_a_prefix_alone_is_no_model():
    with pytest.raises(ValueError, match="names the provider 'openai' but no model"):
        find_placement("openai/")


@pytest.mark.parametrize(
    "base", ["10.0.0.5/v1", "ftp://h/v1", "http://", "http://h:99999/v1", "http://h:x", "http://h/v1?k=1"]
)
def test_what_is_no_base_url_is_refused(base):
    with pytest.raises(ValueError, match="api_base"):
        find_placement("openai/x", api_base=base)


def test_credentials_in_a_base_url_are_refused_and_not_repeated():
    with pytest.raises(ValueError, match="api_key") as caught:
        find_placement("openai/x", api_base="https://me:hunter2@h/v1")
    assert "hunter2" not in str(caught.value)


def test_no_provider_is_both_native_and_foreign():
    assert not FOREIGN & PROVIDERS.keys()
    for name, provider in PROVIDERS.items():
        if provider.api_base is not None:
            assert find_placement(f"{name}/m").api_base == provider.api_base
