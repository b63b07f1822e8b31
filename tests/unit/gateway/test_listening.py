"""The sockets at which a gateway listens."""

import socket

import pytest

from routeiq.gateway.listening import CannotServe, bind, urls


@pytest.fixture
def bound():
    sockets = []

    def bound(host, port=0):
        sockets.extend(bind(host, port))
        return sockets

    yield bound
    for one in sockets:
        one.close()


def test_port_0_is_one_that_is_free(bound):
    [one] = bound("127.0.0.1")
    assert one.getsockname()[1] > 0
    assert urls([one]) == [f"http://127.0.0.1:{one.getsockname()[1]}"]


def test_a_name_with_several_addresses_gets_one_port(bound):
    sockets = bound("localhost")
    assert len({one.getsockname()[1] for one in sockets}) == 1


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_ipv6_address_stands_in_brackets(bound):
    [one] = bound("::1")
    assert urls([one])[0].startswith("http://[::1]:")


def test_a_bound_socket_refuses_until_something_serves(bound):
    [one] = bound("127.0.0.1")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(one.getsockname(), 1)


def test_a_port_that_is_taken_is_told_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CannotServe, match="in use; choose others"):
        bind("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70])
def test_an_unknown_host_is_told(host):
    with pytest.raises(CannotServe, match="is unknown"):
        bind(host, 0)


def test_an_address_of_another_machine_cannot_be_had():
    with pytest.raises(CannotServe, match=r"cannot listen at 192\.0\.2\.1"):
        bind("192.0.2.1", 0)
