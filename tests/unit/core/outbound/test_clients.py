"""A plugin's client: made at its first use, once, and closed when the plugin stops."""

import threading

import pytest
from routeiq_plugin_sdk import OutboundError

from routeiq.core.errors import NoHTTPClient
from routeiq.core.outbound import OutboundSettings
from routeiq.core.outbound.clients import HTTPClients


class Client:
    def __init__(self, plugin, policy):
        self.plugin, self.policy, self.calls = plugin, policy, []

    async def close(self):
        self.calls.append("close")

    async def leave_loop(self):
        self.calls.append("leave_loop")


@pytest.fixture
def clients():
    clients = HTTPClients(OutboundSettings(allow=("localhost",)))
    clients.open("a")
    return clients


def test_without_a_host_there_is_none_and_the_error_says_how_to_get_one(clients):
    with pytest.raises(NoHTTPClient, match=r"'a' asks for context\.http.*PluginMiddleware.*GuardedHTTP"):
        clients.of("a")


def test_a_client_is_made_once_with_the_operators_policy(clients):
    clients.attach(Client)
    made = clients.of("a")
    assert clients.of("a") is made
    assert made.plugin == "a"
    assert made.policy.settings.allow == ("localhost",)
    clients.open("b")
    assert clients.of("b").policy is made.policy


def test_the_first_host_that_brings_one_along_gives_it(clients):
    clients.attach(Client)
    clients.attach(lambda plugin, policy: pytest.fail("a second host's"))
    assert isinstance(clients.of("a"), Client)


async def test_the_client_of_a_stopped_plugin_is_closed_and_not_made_again_until_it_starts(clients):
    clients.attach(Client)
    made = clients.of("a")
    await clients.close("a")
    assert made.calls == ["close"]
    with pytest.raises(OutboundError, match="plugin 'a' is stopped"):
        clients.of("a")
    await clients.close("a")
    clients.open("a")
    assert clients.of("a") is not made


async def test_all_clients_leave_a_loop_together(clients):
    clients.attach(Client)
    made = clients.of("a")
    await clients.leave_loop()
    assert made.calls == ["leave_loop"]


def test_threads_that_ask_at_the_same_time_get_the_same_one(clients):
    clients.attach(Client)
    barrier, found = threading.Barrier(8), []

    def ask():
        barrier.wait()
        found.append(clients.of("a"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
