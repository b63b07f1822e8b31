"""Whatever a settings file holds, it gives settings or problems; a retry never comes where it may not."""

from __future__ import annotations

import pickle
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from routeiq.core.errors import ConfigurationError
from routeiq.core.yaml_files import Document
from routeiq.gateway.model_list import LiteLLMParams, ModelEntry
from routeiq.gateway.retry import LONGEST_RETRY_AFTER, decide
from routeiq.gateway.router import Router
from routeiq.gateway.sections import RouterSettings
from routeiq.gateway.settings import GatewaySettings, ServerSettings

SECRET = "sk-hunter2"
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from([SECRET, "openai/x", "echo/x", "anthropic/x", "os.environ/A", "os.environ/B"])
    | st.sampled_from(["http://h/v1", "*", "10MiB"])
)  # fmt: skip
KEYS = st.sampled_from(
    sorted({
        *GatewaySettings.model_fields, *ServerSettings.model_fields, *RouterSettings.model_fields,
        *ModelEntry.model_fields, *LiteLLMParams.model_fields,
        "litellm_settings", "general_settings", "id", "master_key", "bogus",
    })
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
PARAMS = st.dictionaries(st.sampled_from(sorted(LiteLLMParams.model_fields)), SCALARS, max_size=2).map(
    lambda some: {"model": "echo/x", **some}
)
ENTRIES = st.fixed_dictionaries(
    {"model_name": st.sampled_from(["a", "b", "a*"]), "litellm_params": PARAMS},
    optional={"model_info": st.dictionaries(KEYS, SCALARS, max_size=2), "backend": SCALARS, "apis": VALUES},
)  # fmt: skip
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=5) | st.fixed_dictionaries(
    {"model_list": st.lists(ENTRIES, max_size=4)}, optional={"server": VALUES, "router_settings": VALUES}
)


@given(DOCUMENTS)
def test_a_document_gives_settings_or_problems_and_no_secret_shows(data: dict[str, Any]) -> None:
    try:
        settings = GatewaySettings.from_document(Document(data, {}), {"A": SECRET}, "test")
    except ConfigurationError as found:
        problems = found.problems
        assert problems
        assert all(problem.message for problem in problems)
        return
    for entry in settings.model_list:
        key = entry.litellm_params.api_key
        assert key is None or key.get_secret_value() not in repr(key)
    assert pickle.loads(pickle.dumps(settings)).deployments == settings.deployments
    settings.manager_settings({})
    router = Router(settings)
    for model in router.models():
        order = router.order(model)
        assert sorted(one.name for one in order) == sorted(one.name for one in router.deployments(model))
        assert all(router.by_name(one.name) == one and router.max_attempts(one) >= 1 for one in order)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.floats(0, 40)), max_size=40), st.integers(0, 2))
def test_deployments_that_cool_down_come_last_whatever_happened(
    events: list[tuple[int, bool, float]], allowed_fails: int
) -> None:
    now = 0.0
    entries = [{"model_name": "m", "litellm_params": {"model": "echo/x"}} for _ in range(4)]
    data = {"model_list": entries, "router_settings": {"allowed_fails": allowed_fails, "cooldown_time": 30}}
    settings = GatewaySettings.from_document(Document(data, {}), {}, "test")
    router = Router(settings, clock=lambda: now)
    deployments = router.deployments("m")
    for number, failed, later in events:
        now += later
        if failed:
            router.record_failure(deployments[number], 503)
        else:
            router.record_success(deployments[number])
        cooling = [router.health()[one.name] == "cooling" for one in router.order("m")]
        assert cooling == sorted(cooling)
        assert len(cooling) == 4


@given(
    st.integers(100, 599), st.integers(1, 9), st.integers(1, 9), st.booleans(),
    st.none() | st.text(max_size=8) | st.floats().map(str), st.floats(0, 60), st.floats(0, 1),
)  # fmt: skip
def test_a_decision_keeps_to_every_limit(
    status: int, attempt: int, limit: int, another: bool, asked: str | None, least: float, jitter: float
) -> None:
    headers = {} if asked is None else {"retry-after": asked}
    decision = decide(
        status,
        attempt,
        max_attempts=limit,
        another=another,
        headers=headers,
        minimum_delay=least,
        jitter=lambda: jitter,
    )
    assert attempt < limit or decision.action == "stop"
    assert decision.action != "fallback" or another
    assert decision.action != "retry" or (not another and status != 401)
    assert decision.delay <= LONGEST_RETRY_AFTER
    assert decision.delay >= least or decision.action != "retry"
    assert decision.delay == 0 or decision.action == "retry"
