"""What all tests share: where the repository is, and its tools as modules."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from tests.fakes import redis_server as redis
from tests.fakes.upstream import Upstream, running

# A busy machine is no counterexample. CI tries the same examples each time, so that its red means the change.
settings.register_profile("tests", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("tests")

REPOSITORY = Path(__file__).parents[1]

# LiteLLM asks the network for its price list otherwise, when it is imported.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="take what is seen as right: tests/golden/trace.json")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are written anew."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def tool() -> Callable[[str], ModuleType]:
    """tool(name): the module tools/<name>.py, loaded by path, so that nothing of the sources becomes importable."""

    def load(name: str) -> ModuleType:
        qualified = f"routeiq_tools_{name}"
        if qualified not in sys.modules:
            specification = importlib.util.spec_from_file_location(qualified, REPOSITORY / "tools" / f"{name}.py")
            assert specification is not None
            assert specification.loader is not None
            module = importlib.util.module_from_spec(specification)
            # A module that defines dataclasses is looked up there while it is executed.
            sys.modules[qualified] = module
            specification.loader.exec_module(module)
        return sys.modules[qualified]

    return load


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A server that speaks OpenAI's and Anthropic's APIs, and does what the test says."""
    with running() as one:
        yield one


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.RedisServer]:
    """A Redis server on a loopback port."""
    if not redis.is_installed():
        pytest.skip("needs redis-server (Debian's package of that name)")
    with redis.running(tmp_path_factory.mktemp("redis")) as one:
        yield one


@pytest.fixture(scope="session", autouse=True)
def _no_state_is_left_behind() -> Iterator[None]:
    folder = Path(".routeiq")
    was_there = folder.exists()
    yield
    assert was_there or not folder.exists(), "a gateway served with the default storage: give it memory, or tmp_path"
