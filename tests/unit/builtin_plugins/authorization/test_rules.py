"""What rules permit: nothing that they do not, however a path is spelt."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import Principal

from routeiq_builtin_plugins.authorization.rules import Judge, Patterns, Rule, Verdict, normal

ALICE = Principal("alice", frozenset({"developer"}))
BOB = Principal("bob")
PATHS = Patterns(["/v1/*"])


def rule(name="rule", effect="allow", **asked):
    for part in ("paths", "models"):
        if part in asked:
            asked[part] = Patterns(asked[part])
    for part in ("methods", "principals", "roles"):
        if part in asked:
            asked[part] = frozenset(asked[part])
    return Rule(name, effect, **asked)


TEXTS = st.text(alphabet="ab*/.\n", max_size=8)


@given(st.lists(TEXTS, max_size=3), TEXTS)
def test_a_pattern_is_what_its_stars_make_of_it(patterns, text):
    expected = any(re.fullmatch(".*".join(map(re.escape, one.split("*"))), text, re.DOTALL) for one in patterns)
    assert Patterns(patterns).match(text) == expected


def test_many_stars_and_a_long_path_are_compared_at_once():
    assert not Patterns(["*a" * 50 + "c"]).match("/" + "a" * 100_000 + "b")


@pytest.mark.parametrize(
    ("path", "resolved"),
    [
        ("/", "/"),
        ("/v1/", "/v1/"),
        ("//v1//x", "/v1/x"),
        ("/v1/../x", "/x"),
        ("/../../x", "/x"),
        ("/./x/.", "/x"),
        ("*", "/"),
    ],
)
def test_a_path_is_resolved(path, resolved):
    assert normal(path) == resolved


def test_without_rules_all_is_allowed_and_with_any_what_none_allows_is_denied():
    assert Judge([]).request(None, "GET", "/") == Judge([]).call(None, None, None, {"m"}) == Verdict(True)
    judge = Judge([rule("v1", paths=["/v1/*"])])
    assert judge.request(BOB, "GET", "/v1/models") == Verdict(True, "v1")
    assert judge.request(BOB, "GET", "/v2") == Verdict(False)
    assert judge.request(None, "GET", "/v1/models") == Verdict(False)


def test_the_first_rule_that_fits_decides():
    judge = Judge([rule("no", "deny", paths=["/v1/files"]), rule("yes", paths=["/v1/*"])])
    assert judge.request(BOB, "GET", "/v1/files") == Verdict(False, "no")
    assert judge.request(BOB, "GET", "/v1/models") == Verdict(True, "yes")


@pytest.mark.parametrize(
    ("asked", "principal", "allowed"),
    [
        ({}, BOB, True),
        ({}, None, False),
        ({"anonymous": True}, None, True),
        ({"roles": ["developer"]}, ALICE, True),
        ({"roles": ["developer"]}, BOB, False),
        ({"principals": ["bob"]}, BOB, True),
        ({"principals": ["bob"], "roles": ["developer"]}, ALICE, True),
        ({"principals": ["bob"], "anonymous": True}, None, True),
        ({"principals": ["bob"], "anonymous": True}, ALICE, False),
        ({"methods": ["GET"]}, BOB, True),
        ({"methods": ["POST"]}, BOB, False),
    ],
)
def test_a_rule_is_about_whom_and_what_it_names(asked, principal, allowed):
    assert Judge([rule(**asked)]).request(principal, "GET", "/").allowed is allowed


@pytest.mark.parametrize("path", ["/secret/../v1/x", "/v1/../secret", "//v1/x", "/v1x"])
def test_a_path_that_can_be_read_in_two_ways_is_allowed_only_if_both_are(path):
    assert not Judge([rule(paths=["/v1/*"])]).request(BOB, "GET", path).allowed


@pytest.mark.parametrize("path", ["/v1/secret", "/v1//secret", "/v1/x/../secret", "/v1/./secret"])
def test_no_spelling_leads_around_what_is_denied(path):
    judge = Judge([rule("no", "deny", paths=["/v1/secret"]), rule("yes")])
    assert judge.request(BOB, "GET", path) == Verdict(False, "no")


@given(st.text(alphabet="/.vsx1", max_size=12))
def test_whatever_resolves_to_a_denied_path_is_denied(path):
    judge = Judge([rule("no", "deny", paths=["/s", "/s/*"]), rule("yes")])
    resolved = normal("/" + path)
    assert judge.request(BOB, "GET", "/" + path).allowed <= (resolved != "/s" and not resolved.startswith("/s/"))


def test_a_rule_about_models_decides_when_the_model_is_known():
    judge = Judge(
        [rule("no", "deny", models=["draft-*"]), rule("yes", roles=["developer"], models=["gpt-*", "draft-*"])]
    )
    assert judge.request(ALICE, "POST", "/v1/x").allowed
    assert not judge.request(BOB, "POST", "/v1/x").allowed
    assert judge.call(ALICE, "POST", "/v1/x", {"gpt-9"}) == Verdict(True, "yes")
    assert judge.call(ALICE, "POST", "/v1/x", {"draft-9"}) == Verdict(False, "no")
    assert judge.call(ALICE, "POST", "/v1/x", {"other"}) == Verdict(False)
    assert judge.call(ALICE, "POST", "/v1/x", {"gpt-9", "other"}) == Verdict(False)


def test_a_call_outside_http_is_allowed_by_rules_that_name_no_path():
    assert not Judge([rule(paths=["*"])]).call(BOB, None, None, {"m"}).allowed
    assert Judge([rule(models=["m"])]).call(BOB, None, None, {"m"}).allowed
    assert Judge([rule()]).call(BOB, None, None, {"m"}).allowed


def test_without_rules_about_models_a_request_is_judged_once():
    judge = Judge([rule(paths=["/v1/*"])])
    assert judge.call(None, "POST", "/v1/x", {"m"}) == Verdict(True)
