"""The policy: a table of tricks, and what operators open and close."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import OutboundError, OutboundRefused
from tests.fakes.ssrf import ADDRESSES, CASES, OPERATORS

from routeiq.core.outbound import OutboundPolicy, OutboundSettings


def decide(policy, url):
    """Ask the policy as a client does; names resolve to what the table says."""
    parsed = policy.parse(url)
    if parsed.address is None:
        if parsed.host not in ADDRESSES:
            raise OutboundError(parsed.authority, "the name cannot be resolved")
        policy.check(parsed, map(ip_address, ADDRESSES[parsed.host]))


def judge(policy, case):
    if not case.reason:
        decide(policy, case.url)
        return
    with pytest.raises(OutboundError) as refusal:
        decide(policy, case.url)
    assert any(reason in refusal.value.reason for reason in case.reason.split("|"))


def test_the_table_is_long_enough_to_be_worth_something():
    assert len(set(CASES)) == len(CASES) >= 250


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_table_says_is_what_the_policy_decides(case):
    judge(OutboundPolicy(), case)


@pytest.mark.parametrize(
    ("settings", "case"), [(settings, case) for settings, cases in OPERATORS for case in cases], ids=str
)
def test_an_operator_opens_and_closes_what_the_settings_say_and_nothing_else(settings, case):
    judge(OutboundPolicy(OutboundSettings.model_validate(settings)), case)


def test_a_refusal_names_the_host_and_never_the_path():
    for url in ("http://127.0.0.1:81/secret?secret#secret", "http://u:secret@h/secret", "http://127.1:81/secret"):
        with pytest.raises(OutboundRefused) as refusal:
            OutboundPolicy().parse(url)
        assert "secret" not in str(refusal.value)
    assert refusal.value.host == "127.1:81"


def test_a_refusal_says_what_an_operator_can_do():
    with pytest.raises(OutboundRefused, match=r"allow it in the settings: outbound\.allow$"):
        OutboundPolicy().parse("http://10.0.0.1/")


@given(st.ip_addresses())
def test_every_address_is_either_refused_or_reachable_from_anywhere(address):
    policy = OutboundPolicy()
    host = f"[{address}]" if address.version == 6 else str(address)
    try:
        policy.parse(f"http://{host}/")
    except OutboundRefused:
        return
    # The newest registries know more than some releases of Python: what passes here must pass there.
    assert address.is_global
    assert not address.is_multicast
