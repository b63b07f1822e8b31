"""The host's errors in HTTP: what the client can mend is its own, what it cannot is worth another attempt."""

import pytest

from routeiq.admin.failures import refusal_of
from routeiq.core.errors import (
    ChangeRefused,
    ConfigurationError,
    NoAgreement,
    NotRunningError,
    PinnedFields,
    Problem,
    RegistrationError,
    StorageUnavailable,
)

PROBLEM = Problem("file x.yaml", "limit", "is set there")


@pytest.mark.parametrize(
    ("error", "status", "code", "param"),
    [
        (ConfigurationError([PROBLEM]), 422, "invalid_configuration", "limit"),
        (ConfigurationError([]), 422, "invalid_configuration", None),
        (PinnedFields([PROBLEM]), 409, "pinned", "limit"),
        (ChangeRefused("a", "its reason"), 409, "change_refused", "a"),
        (RegistrationError("a", "is not there"), 404, "no_such_plugin", "name"),
        (StorageUnavailable("redis is away"), 503, "storage_unavailable", None),
        (NoAgreement("worker 1 does not answer"), 503, "not_now", None),
        (NotRunningError("the manager is stopped"), 503, "not_now", None),
    ],
)
def test_an_error_has_its_status_and_says_what_it_said(error, status, code, param):
    answer = refusal_of(error).answer
    told = answer.document["error"]
    assert (answer.status, told["code"], told["param"]) == (status, code, param)
    assert str(error) in told["message"]
    assert ("retry-after" in answer.headers) is (status == 503)
    assert [one["field"] for one in told.get("problems", [])] == (["limit"] if param == "limit" else [])
