"""A change on its way between workers."""

import json

from hypothesis import given
from hypothesis import strategies as st

from routeiq.core.config_files import FileContent
from routeiq.core.errors import ChangeRefused, ConfigurationError, Problem, StateConflict
from routeiq.core.settings import HookOverride, PluginOverride
from routeiq.gateway.control.proposal import Proposal, refusal_as_json, refusal_from_json, settings_as_json

texts = st.text(max_size=8)


@given(
    st.builds(
        Proposal,
        version=st.none() | st.integers(),
        document=st.none() | st.dictionaries(texts, st.integers() | texts),
        files=st.dictionaries(texts, st.builds(FileContent, st.none() | texts, st.none() | texts)),
        retried=st.lists(texts).map(tuple),
    )
)
def test_a_proposal_arrives_as_it_was_sent(proposal):
    assert Proposal.from_json(json.loads(json.dumps(proposal.to_json()))) == proposal


def test_overrides_arrive_with_what_was_set_and_nothing_else():
    overrides = {"a": PluginOverride(priority=3, hooks={"request": HookOverride(timeout=1)}), "b#x": PluginOverride()}
    sent = Proposal(settings=json.loads(json.dumps(settings_as_json(overrides))))
    assert sent.overrides() == overrides
    assert sent.overrides()["a"].model_fields_set == {"priority", "hooks"}


def test_a_refusal_arrives_as_the_error_that_it_was():
    wrong = ConfigurationError([Problem("file p.yaml, line 3", "limit", "must be more")])
    assert refusal_from_json(refusal_as_json(wrong), 1).problems == wrong.problems
    refused = refusal_from_json(refusal_as_json(ChangeRefused("p", "no")), 1)
    assert (refused.plugin, refused.reason) == ("p", "no (in worker 1)")
    conflict = refusal_from_json(refusal_as_json(StateConflict(1, 4)), 1)
    assert (conflict.expected, conflict.version) == (1, 4)
