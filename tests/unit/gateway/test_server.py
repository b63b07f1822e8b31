"""Running the gateway; tests/e2e/test_cli.py does it whole."""

import socket
import subprocess
import sys

import pytest

from routeiq.gateway.listening import CannotServe
from routeiq.gateway.server import run
from routeiq.gateway.settings import GatewaySettings


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_that_is_taken_is_told_before_anything_is_started(workers):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = GatewaySettings().with_server(port=taken.getsockname()[1], workers=workers)
        with pytest.raises(CannotServe, match="in use"):
            run(settings)


def test_a_parent_of_workers_loads_neither_the_web_server_nor_the_application():
    source = (
        "import sys, routeiq.gateway.server;"
        "print([name for name in sys.modules if name.split('.')[0] in ('uvicorn', 'starlette', 'uvloop')"
        " or name.startswith(('routeiq.gateway.app', 'routeiq.adapters'))])"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
