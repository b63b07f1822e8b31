"""The gateway's settings: what a file gives, and how everything that is wrong with it is told."""

import pickle
import textwrap
from pathlib import Path

import pytest
from pydantic import ValidationError

from routeiq.core.errors import ConfigurationError
from routeiq.gateway.settings import GatewaySettings, ServerSettings


@pytest.fixture
def load(tmp_path):
    """load(text, **environ): the settings of a file with this text."""

    def load(text, **environ):
        path = tmp_path / "routeiq.yaml"
        path.write_text(textwrap.dedent(text))
        return GatewaySettings.load(path, environ)

    return load


@pytest.fixture
def problems(load):
    """problems(text, **environ): what is wrong with a file, as (line, field, message)."""

    def problems(text, **environ):
        with pytest.raises(ConfigurationError) as caught:
            load(text, **environ)
        return [
            (int(problem.source.rpartition("line ")[2]), problem.field, problem.message)
            for problem in caught.value.problems
        ]

    return problems


def test_with_no_file_at_all_the_model_echo_is_served(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = GatewaySettings.load(None, {})
    assert settings.source is None
    assert settings.warnings == ()
    assert [(name, entry.model_name, entry.placement.backend) for name, entry in settings.deployments.items()] == [
        ("echo:1", "echo", "echo")
    ]


def test_the_file_in_the_working_directory_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("routeiq.yaml").write_text("server: {port: 4711}")
    settings = GatewaySettings.load(None, {})
    assert (settings.server.port, settings.source) == (4711, Path("routeiq.yaml"))


def test_a_file_without_models_serves_echo_and_an_empty_list_serves_none(load):
    assert load("server: {port: 1}").model_list[0].model_name == "echo"
    assert load("model_list:").model_list[0].model_name == "echo"
    assert load("model_list: []").model_list == ()


def test_litellms_file_is_taken_as_it_is(load):
    settings = load(
        """
        model_list:
          - model_name: fast
            litellm_params: {model: openai/gpt-4o-mini, api_base: http://10.0.0.5/v1, api_key: os.environ/KEY, rpm: 60}
            model_info: {id: first, mode: chat}
          - model_name: fast
            litellm_params: {model: groq/llama, mock_response: x}
        litellm_settings: {drop_params: true, request_timeout: 20}
        general_settings: {master_key: os.environ/NOT_SET_AND_NOT_NEEDED}
        router_settings: {routing_strategy: simple-shuffle, num_retries: 0}
        """,
        KEY="sk-1",
        GROQ_API_KEY="gk",
    )
    first, second = settings.deployments.values()
    assert list(settings.deployments) == ["first", "fast:2"]
    assert first.litellm_params.api_key.get_secret_value() == "sk-1"
    assert first.litellm_params.timeout == 20
    assert second.litellm_params.api_key.get_secret_value() == "gk"
    assert settings.router_settings.num_retries == 0
    assert [warning.split(" is not")[0] for warning in settings.warnings] == [
        "litellm_settings.drop_params", "general_settings.master_key",
    ]  # fmt: skip


def test_everything_that_is_wrong_is_told_at_once_with_line_and_field(problems):
    found = problems(
        """\
        model_list:
          - model_name: a
            litellm_params: {model: hosted_vllm/llama}
          - model_name: b
            litellm_params:
              model: openai/x
              api_key: os.environ/NOPE
            bakend: echo
        server:
          workers: 0
          prt: 80
        serv: {}
        """
    )
    assert {(line, field) for line, field, _ in found} == {
        (2, "model_list.0"), (7, "model_list.1.litellm_params.api_key"), (8, "model_list.1.bakend"),
        (10, "server.workers"), (11, "server.prt"), (12, "serv"),
    }  # fmt: skip
    text = str(found)
    assert "'hosted_vllm' has no address of its own" in text
    assert "NOPE is not set" in text
    assert "did you mean 'backend'?" in text
    assert "did you mean 'port'?" in text
    assert "did you mean 'server'?" in text


def test_what_only_follows_from_a_missing_variable_is_not_told(problems):
    found = problems(
        """\
        model_list:
          - model_name: a
            litellm_params: {model: hosted_vllm/x, api_base: os.environ/NOPE}
        """
    )
    assert [(line, field) for line, field, _ in found] == [(3, "model_list.0.litellm_params.api_base")]


def test_values_are_not_repeated_in_messages(problems):
    found = problems("model_list: [{model_name: a, litellm_params: {model: openai/x, api_key: [hunter2]}}]")
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("text", "bytes_"), [("10MiB", 10 << 20), ("512KiB", 512 << 10), ("1MB", 10**6), ("4096", 4096), (4096, 4096)]
)
def test_sizes_have_units(text, bytes_):
    assert ServerSettings.model_validate({"max_body": text}).max_body == bytes_


@pytest.mark.parametrize("text", ["10MiX", "-1", 0, "big", ""])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValidationError):
        ServerSettings.model_validate({"max_body": text})


def test_trusted_proxies_are_networks_or_addresses():
    server = ServerSettings.model_validate({"trusted_proxies": ["10.0.0.0/8", "::1"]})
    assert [str(network) for network in server.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    with pytest.raises(ValidationError, match="host bits set"):
        ServerSettings.model_validate({"trusted_proxies": ["10.0.0.5/8"]})


def test_state_lives_in_a_file_if_nothing_is_said():
    settings = GatewaySettings()
    assert (settings.storage, "storage" in settings.model_fields_set) == ("sqlite", False)


def test_where_state_lives_may_be_a_reference(load):
    settings = load("storage: os.environ/PLACE", PLACE="sqlite:///a/b.db")
    assert (settings.storage, "storage" in settings.with_server(port=1).model_fields_set) == ("sqlite:///a/b.db", True)


def test_a_place_for_state_that_there_is_not_is_refused(problems):
    [(_, field, message)] = problems("storage: memroy")
    assert (field, "did you mean 'memory'" in message) == ("storage", True)


def test_named_instances_are_entries_like_those_of_plugins(load):
    settings = load("plugins:\n  rate-limit#free: {priority: 1}\n  rate-limit#paid: {mode: audit}\n")
    assert settings.plugins["rate-limit#free"].priority == 1
    assert settings.manager_settings({}).instances_of("rate-limit") == ("rate-limit#free", "rate-limit#paid")


def test_a_name_that_is_none_is_told_with_its_line_and_the_nearest(problems):
    [(line, field, message)] = problems("plugins:\n  a: {priority: 1}\n  Rate_Limit#Free: {priority: 1}\n")
    assert (line, field) == (3, "plugins.Rate_Limit#Free")
    assert "did you mean 'rate-limit#free'?" in message


def test_the_operators_word_on_plugins_reaches_the_manager(load):
    settings = load("plugins: {a: {priority: 5, hooks: {request: {before: [b]}}}, b: {enabled: false}}")
    manager = settings.manager_settings({"ROUTEIQ_PLUGINS_FAILURE_MODE": "abort"})
    assert manager.plugins["a"].priority == 5
    assert manager.plugins["b"].enabled is False
    assert manager.failure_mode == "abort"
    assert manager.config_directory == Path("config/plugins")


def test_plugins_see_the_settings_with_secrets_masked(load):
    settings = load(
        "model_list: [{model_name: a, litellm_params: {model: openai/x, api_key: sk-s, extra_headers: {h: hs}},"
        " model_info: {token: tk}}]"
    )
    seen = settings.manager_settings({}).gateway
    assert not {"sk-s", "hs", "tk"} & set(str(seen).replace("'", " ").split())
    assert seen["server"]["port"] == 4000


def test_two_deployments_with_one_id_are_refused(load):
    with pytest.raises(ConfigurationError, match=r"several deployments have the model_info.id 'x'"):
        load(
            """
            model_list:
              - {model_name: a, litellm_params: {model: echo/a}, model_info: {id: x}}
              - {model_name: b, litellm_params: {model: echo/b}, model_info: {id: x}}
            """
        )


def test_the_command_line_replaces_parts_of_the_server_only():
    settings = GatewaySettings().with_server(port=1, host=None)
    assert (settings.server.port, settings.server.host) == (1, "127.0.0.1")
    assert settings.deployments.keys() == {"echo:1"}
    with pytest.raises(ConfigurationError, match="command line: port"):
        GatewaySettings().with_server(port=99_999)


def test_settings_reach_worker_processes_whole(load):
    settings = load("model_list: [{model_name: a, litellm_params: {model: openai/x, api_key: s, foo: 1}}]")
    received = pickle.loads(pickle.dumps(settings))
    assert received == settings
    assert received.deployments == settings.deployments
    assert received.warnings == settings.warnings
    assert received.source == settings.source


def test_settings_are_immutable():
    with pytest.raises(ValidationError):
        GatewaySettings().storage = "x"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"gone\.yaml"):
        GatewaySettings.load(tmp_path / "gone.yaml", {})


def test_of_a_file_of_litellms_proxy_only_our_own_part_is_read(tmp_path):
    path = tmp_path / "litellm.yaml"
    path.write_text(
        "model_list: [{anything: at all}]\ngeneral_settings: {master_key: x}\nunknown: 1\n"
        "server: {port: 4321}\nplugins: {hello: {priority: 7}}\n"
    )
    settings = GatewaySettings.load(path, {}, litellm_proxy=True)
    assert settings.server.litellm_proxy
    assert (settings.server.port, settings.plugins["hello"].priority) == (4321, 7)
    assert (settings.source, settings.warnings) == (path, ())
    path.write_text("server: {litellm_proxy: true}\nmodel_list: what the Proxy makes of it\n")
    assert GatewaySettings.load(path, {}).server.litellm_proxy
    path.write_text("server: {prot: 1}\n")
    with pytest.raises(ConfigurationError, match="port"):
        GatewaySettings.load(path, {}, litellm_proxy=True)


def test_where_plugins_requests_may_go_reaches_the_manager(load):
    settings = load("outbound: {allow: [10.0.3.0/24, 'Guard.internal:8443'], public: false, max_response: 1MiB}")
    outbound = settings.manager_settings({}).outbound
    assert outbound.allow == ("10.0.3.0/24", "guard.internal:8443")
    assert (outbound.public, outbound.max_response) == (False, 1024 * 1024)


def test_what_is_wrong_with_it_is_told_with_its_line_and_what_would_be_right(problems):
    found = problems(
        """
        outbound:
          allow:
            - 10.0.3.1/24
            - https://guard.internal/
          allowed: []
        """
    )
    assert [(line, field) for line, field, _ in found] == [
        (4, "outbound.allow.0"),
        (5, "outbound.allow.1"),
        (6, "outbound.allowed"),
    ]
    assert found[0][2] == "10.0.3.1/24 has host bits set; did you mean 10.0.3.0/24?"
    assert found[1][2].startswith("an entry is no URL: write the host alone, in one of the forms 10.0.3.0/24, ")
    assert "did you mean 'allow'?" in found[2][2]
