"""What a setting makes."""

import os

import pytest

from routeiq.core.errors import StorageUnavailable
from routeiq.core.memory_state import MemoryState
from routeiq.core.memory_storage import MemoryStorage
from routeiq.storage import create_stores
from routeiq.storage.sqlite import SQLiteState, SQLiteStorage


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kinds(stores):
    return type(stores.values), type(stores.state)


def test_memory_is_made():
    assert kinds(create_stores("memory")) == (MemoryStorage, MemoryState)


@pytest.mark.parametrize("setting", ["sqlite", "sqlite:folder/state.db", "sqlite://{folder}/folder/state.db"])
async def test_a_file_is_made_when_it_is_opened_and_both_sides_share_it(folder, setting):
    stores = create_stores(setting.format(folder=folder))
    assert kinds(stores) == (SQLiteStorage, SQLiteState)
    assert list(folder.iterdir()) == []
    await stores.state.open()
    await stores.values.set("a", "k", b"1", None)
    await stores.state.save(0, {})
    await stores.state.close()
    assert len(list(folder.glob("*/state.db"))) == 1


@pytest.fixture
def unwritable(folder, monkeypatch):
    """As on a read-only mount: root may write everywhere else, and tests may run as root."""
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and access(path, mode))
    return folder


def test_a_default_that_cannot_be_written_becomes_memory_with_a_warning(unwritable, caplog):
    assert kinds(create_stores("sqlite", fall_back=True)) == (MemoryStorage, MemoryState)
    assert f"since {unwritable} cannot be written" in caplog.text
    (unwritable / ".routeiq").mkdir()
    (unwritable / ".routeiq" / "state.db").touch()
    create_stores("sqlite", fall_back=True)
    assert f"since {unwritable / '.routeiq' / 'state.db'} cannot be written" in caplog.text


def test_a_default_that_can_be_written_is_a_file(folder):
    assert kinds(create_stores("sqlite", fall_back=True)) == (SQLiteStorage, SQLiteState)


async def test_a_file_that_was_chosen_and_cannot_be_written_is_an_error(folder):
    (folder / ".routeiq").touch()
    stores = create_stores("sqlite")
    assert kinds(stores) == (SQLiteStorage, SQLiteState)
    with pytest.raises(StorageUnavailable, match="it cannot be opened for writing"):
        await stores.state.open()


async def test_a_server_is_connected_to_when_it_is_opened_and_both_sides_share_it(folder, redis_server):
    pytest.importorskip("redis", reason="needs routeiq[redis]")
    stores = create_stores(f"{redis_server.url}?cluster=blue")
    assert list(folder.iterdir()) == []
    await stores.state.open()
    await stores.values.set("a", "k", b"1", None)
    await stores.state.save(0, {"a": 1})
    await stores.state.close()
    assert redis_server.command("EXISTS", "blue:state", "blue:value:a:k") == b":2"
    [copy] = (folder / ".routeiq").iterdir()
    assert '"document":{"a":1}' in copy.read_text()


def test_two_servers_have_copies_of_their_own(folder):
    pytest.importorskip("redis", reason="needs routeiq[redis]")
    settings = ["redis://h", "redis://h/1", "redis://other", "redis://h?cluster=blue", "redis://h:7000"]
    assert len({create_stores(setting).state._copy._path for setting in settings}) == len(settings)


def test_a_client_that_is_not_installed_is_said_with_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'routeiq\[redis\]'"):
        create_stores("redis://h")


def test_what_there_is_not_is_refused():
    with pytest.raises(ValueError, match="must be memory"):
        create_stores("postgres://h")
