"""The operator's settings."""

import pickle

import pytest
from pydantic import ValidationError

from routeiq.core.outbound import OutboundSettings


def test_by_default_what_is_public_may_be_reached_and_nothing_else():
    settings = OutboundSettings()
    assert (settings.allow, settings.deny, settings.public) == ((), (), True)


def test_entries_are_kept_as_they_are_written_but_for_their_case():
    settings = OutboundSettings.model_validate({"allow": [" Guard.Internal:8443 ", "10.0.3.0/24"]})
    assert settings.allow == ("guard.internal:8443", "10.0.3.0/24")
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"allow": ["10.0.0.1/8"]}, r"did you mean 10\.0\.0\.0/8"),
        ({"allow": [8443]}, "valid string"),
        ({"deny": "10.0.0.0/8"}, "valid tuple"),
        ({"allowed": []}, "Extra inputs"),
        ({"timeout": 0}, "greater than 0"),
        ({"max_response": "lots"}, "byte"),
    ],
)
def test_what_makes_no_sense_is_refused(given, said):
    with pytest.raises(ValidationError, match=said):
        OutboundSettings.model_validate(given)
