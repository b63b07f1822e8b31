"""Placeholders: one for each value, and none that a text has already."""

import pytest

from routeiq_builtin_plugins.pii_guard.vault import Full, Vault


def test_the_same_value_has_the_same_placeholder():
    vault = Vault()
    names = [vault.placeholder("EMAIL", value) for value in ("a", "b", "a")]
    assert names == ["<EMAIL_1>", "<EMAIL_2>", "<EMAIL_1>"]
    assert vault.placeholder("PHONE", "a") == "<PHONE_1>"
    assert [vault.value(name) for name in ("<EMAIL_2>", "<PHONE_1>", "<EMAIL_3>")] == ["b", "a", None]


def test_placeholders_that_a_text_has_already_are_its_own():
    vault = Vault(["What does <EMAIL_1> stand for, and <EMAIL_2>?"])
    assert vault.placeholder("EMAIL", "a") == "<EMAIL_3>"
    assert vault.value("<EMAIL_1>") is None


def test_nobody_is_told_what_it_holds():
    vault = Vault()
    assert not vault
    vault.placeholder("EMAIL", "bob@example.com")
    assert vault
    assert repr(vault) == "<Vault of 1 values>"


def test_there_is_an_end_to_placeholders():
    vault = Vault()
    for number in range(9999):
        vault.placeholder("PHONE", str(number))
    with pytest.raises(Full):
        vault.placeholder("PHONE", "one more")
