"""What a plugin is told of its storage; tests/unit/core/test_storage.py shows it at work."""

import dataclasses

import pytest
from routeiq_plugin_sdk import Permit, StorageUnavailable


def test_a_permit_cannot_be_changed():
    permit = Permit(True, 9, 59.5, "key", 1, "window")
    with pytest.raises(dataclasses.FrozenInstanceError):
        permit.remaining = 10


def test_an_unavailable_storage_is_an_error_of_its_own():
    assert StorageUnavailable.__bases__ == (Exception,)
