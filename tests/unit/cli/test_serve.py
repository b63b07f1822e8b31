"""`routeiq serve`, as far as it goes without serving; that is in the end-to-end tests."""

import socket
import subprocess
import sys

import pytest


@pytest.fixture
def serve(tmp_path):
    """serve(*options): the ended process. A process of its own, since the command decides about all logging."""

    def serve(*options):
        words = [sys.executable, "-m", "routeiq.cli", "serve", *map(str, options)]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)

    return serve


def test_an_option_out_of_range_is_wrong_use(serve):
    done = serve("--port", "99999")
    assert done.returncode == 2
    assert "port" in done.stderr


def test_wrong_settings_end_the_start_with_all_problems(serve, tmp_path):
    (tmp_path / "routeiq.yaml").write_text("serv: {}\nserver: {port: -1}\n")
    done = serve()
    assert (done.returncode, done.stdout) == (1, "")
    assert "2 problems in the configuration" in done.stderr


def test_a_port_that_is_taken_is_one_message_and_exit_status_1(serve):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = serve("--port", taken.getsockname()[1])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("routeiq: cannot listen at 127.0.0.1 port")
    assert len(done.stderr.splitlines()) == 1
