"""Who may come in: by a bearer token in the header, and by nothing else."""

import pytest
from tests.fakes.admin import ACCESS, READER, WRITER

from routeiq.admin.answers import Refusal
from routeiq.admin.gate import Gate
from routeiq.admin.throttle import BURST


def scope(*authorization, client=("10.0.0.1", 1), **headers):
    fields = [(b"authorization", value.encode("latin-1")) for value in authorization]
    fields += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": "GET", "path": "/admin/plugins", "headers": fields, "client": client,
            "query_string": f"token={WRITER}&access_token={WRITER}".encode()}  # fmt: skip


def refused(gate, scope):
    with pytest.raises(Refusal) as raised:
        gate.identity(scope)
    return raised.value.answer


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_a_token_says_who_asks(scheme):
    gate = Gate(ACCESS)
    assert gate.identity(scope(f"{scheme} {WRITER}")).name == "alice"
    assert gate.identity(scope(f"{scheme} {READER}")).role == "read"


@pytest.mark.parametrize(
    "authorization",
    [(), ("",), ("Bearer",), ("Bearer ",), (WRITER,), (f"Basic {WRITER}",), (f"Bearer {WRITER} x",),
     (f"Bearer {WRITER}\xe9",), (f"Bearer {WRITER}", f"Bearer {WRITER}")],
)  # fmt: skip
def test_without_a_token_there_is_only_the_challenge(authorization):
    answer = refused(Gate(ACCESS), scope(*authorization))
    assert answer.status == 401
    assert answer.headers == {"www-authenticate": 'Bearer realm="routeiq admin"'}


def test_a_wrong_token_is_told_and_logged_without_itself(caplog):
    answer = refused(Gate(ACCESS), scope("Bearer wrong-token-of-somebody"))
    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert "10.0.0.1" in caplog.text
    assert "wrong-token" not in caplog.text + str(answer)


def test_who_guesses_has_to_wait_and_nobody_else():
    gate = Gate(ACCESS, ["10.0.0.0/8"])
    for _ in range(BURST):
        assert refused(gate, scope("Bearer guess", x_forwarded_for="1.2.3.4")).status == 401
    answer = refused(gate, scope(f"Bearer {WRITER}", x_forwarded_for="1.2.3.4"))
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    assert gate.identity(scope(f"Bearer {WRITER}", x_forwarded_for="1.2.3.5")).name == "alice"
    assert refused(gate, scope(x_forwarded_for="1.2.3.4")).status == 401


def test_what_shows_no_token_is_no_guess():
    gate = Gate(ACCESS)
    for _ in range(2 * BURST):
        refused(gate, scope("Basic eDp5"))
    assert gate.identity(scope(f"Bearer {WRITER}")).name == "alice"


def test_a_client_at_a_local_socket_has_no_address():
    assert Gate(ACCESS).identity(scope(f"Bearer {WRITER}", client=None)).name == "alice"
