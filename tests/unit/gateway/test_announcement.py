"""The first lines of a gateway that has started."""

import json
import shlex

from routeiq.core.records import PluginRecord, PluginState
from routeiq.core.yaml_files import Document
from routeiq.gateway.access import AdminAccess, AdminSettings
from routeiq.gateway.announcement import announcement
from routeiq.gateway.settings import GatewaySettings


def settings(*models):
    entries = [{"model_name": model, "litellm_params": {"model": "echo/x"}} for model in models]
    return GatewaySettings.from_document(Document({"model_list": entries}, {}), {}, "test")


def test_it_says_where_what_and_who():
    records = [
        PluginRecord("good"),
        PluginRecord("intruder", PluginState.REFUSED, "not in the allowlist"),
        PluginRecord("better"),
        PluginRecord("later", PluginState.DISABLED, "not enabled by default"),
        PluginRecord("another", PluginState.DISABLED, "disabled by the operator"),
    ]
    lines = announcement(settings("fast", "slow"), ["http://127.0.0.1:4000"], records).splitlines()
    assert lines[0].endswith("serves http://127.0.0.1:4000")
    assert "fast, slow" in lines[2]
    assert "good, better" in lines[3]
    assert "intruder is refused: not in the allowlist" in lines[4]
    assert "disabled: another, later" in lines[5]


def test_the_command_to_try_can_be_pasted():
    lines = announcement(settings("*", "it's"), ["http://0.0.0.0:80"], []).splitlines()
    words = shlex.split(lines[-1].partition("try it")[2])
    assert words[:2] == ["curl", "http://127.0.0.1:80/v1/chat/completions"]
    assert json.loads(words[-1])["model"] == "it's"


def test_without_a_model_there_is_nothing_to_try():
    text = announcement(settings(), ["http://h:1"], [])
    assert "models    none" in text
    assert "try it" not in text


def test_several_workers_are_said():
    assert "with 3 workers" in announcement(GatewaySettings().with_server(workers=3), ["http://h:1"], [])


def test_without_a_file_it_says_what_answers():
    assert "no file: the embedded model echo" in announcement(GatewaySettings(), ["http://h:1"], [])


def test_the_admin_api_is_said_where_it_is_served_with_the_token_that_was_made():
    def line(access, address="http://0.0.0.0:80"):
        text = announcement(GatewaySettings(), [address], [], access)
        return next((line.split() for line in text.splitlines() if line.startswith("  admin ")), None)

    made = AdminAccess.of(AdminSettings(), {})
    given = AdminAccess.of(AdminSettings(), {"ROUTEIQ_ADMIN_TOKEN": "correct-horse-battery"})
    assert line(made) == ["admin", "http://127.0.0.1:80/admin", "token", made.printed]
    assert line(given) == ["admin", "http://127.0.0.1:80/admin"]
    assert line(None) is None
