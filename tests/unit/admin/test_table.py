"""The operations answer what their models say."""

import pytest

from routeiq.admin import models

CASES = [
    ("GET", "/plugins", None, models.PluginPage),
    ("GET", "/plugins/words", None, models.PluginDetails),
    ("GET", "/plugins/words/config", None, models.EditableDocument),
    ("GET", "/plugins/words/settings", None, models.EditableDocument),
    ("PUT", "/plugins/words/config", {"limit": 3}, models.DocumentChanged),
    ("PATCH", "/plugins/words/settings", {"priority": 3}, models.DocumentChanged),
    ("POST", "/plugins/words/disable", None, models.DocumentChanged),
    ("POST", "/plugins/words/reload", None, models.PluginReloaded),
    ("GET", "/changes/1", None, models.Convergence),
    ("GET", "/hooks", None, models.Hooks),
    ("GET", "/audit", None, models.AuditPage),
    ("GET", "/status", None, models.Status),
    ("PATCH", "/plugins/words/config", {"limit": 0}, models.ErrorDocument),
    ("GET", "/nothing", None, models.ErrorDocument),
]


@pytest.mark.parametrize(("method", "path", "body", "model"), CASES, ids=[f"{case[0]} {case[1]}" for case in CASES])
async def test_an_answer_is_what_its_model_says_and_says_no_more(admin, method, path, body, model):
    await admin.call("PATCH", "/plugins/words/settings", {"timeout": 3})
    document = (await admin.call(method, path, body)).json
    parsed = model.model_validate(document)
    if model is not models.EditableDocument:
        assert not parsed.model_extra
