"""What the setting `storage` may say."""

from pathlib import Path

import pytest

from routeiq.storage.location import DEFAULT_FILE, StorageLocation

parse = StorageLocation.parse


def test_memory_and_the_default_file():
    assert parse("memory").kind == "memory"
    assert (parse("sqlite").kind, parse("sqlite").path) == ("sqlite", DEFAULT_FILE)


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("sqlite:///var/lib/state.db", "/var/lib/state.db"),
        ("sqlite:////var/lib/state.db", "/var/lib/state.db"),
        ("sqlite:state.db", "state.db"),
        ("sqlite:folder/state.db", "folder/state.db"),
        ("sqlite:/abs/state.db", "/abs/state.db"),
        ("sqlite:///a%20b/c.db", "/a b/c.db"),
    ],
)
def test_a_file(setting, path):
    assert (parse(setting).kind, parse(setting).path) == ("sqlite", Path(path))


@pytest.mark.parametrize("setting", ["sqlite:", "sqlite://", "sqlite:///", "sqlite://state.db", "sqlite:folder/"])
def test_a_file_without_a_name_is_refused(setting):
    with pytest.raises(ValueError, match="a file is sqlite:///path/to/file.db"):
        parse(setting)


@pytest.mark.parametrize(
    ("setting", "url", "cluster"),
    [
        ("redis://h", "redis://h", "routeiq"),
        ("redis://h:6380/3", "redis://h:6380/3", "routeiq"),
        ("redis://user:p%23w@h/0?cluster=blue", "redis://user:p%23w@h/0", "blue"),
        ("redis://[::1]:6379", "redis://[::1]:6379", "routeiq"),
        ("rediss://h?ssl_ca_certs=/ca.pem&cluster=a.b-c_1", "rediss://h?ssl_ca_certs=%2Fca.pem", "a.b-c_1"),
    ],
)
def test_a_server(setting, url, cluster):
    assert parse(setting) == StorageLocation("redis", url=url, cluster=cluster)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("", "must be memory, sqlite, sqlite:///path/to/file.db, redis://"),
        ("memroy", "did you mean 'memory'"),
        ("postgres://:hush@h", "must be memory"),
        ("redis", "must be memory"),
        ("redis:h", "must be memory"),
        ("redis://", "a Redis server is redis://host:6379/0"),
        ("redis://:hush@/0", "a Redis server is redis://host:6379/0"),
        ("redis://:hush@h:x", "port is a number"),
        ("redis://:hush@h:70000", "port is a number"),
        ("redis://:hush@h/db", "number of its database"),
        ("redis://:hu#sh@h/0", "port is a number|%23"),
        ("redis://h/0#hush", "%23"),
        ("redis://:hush@hush@h/0", "'@' %40"),
        ("redis://:hush@h/0?cluster=", "a cluster's name"),
        ("redis://:hush@h/0?cluster=a:b", "a cluster's name"),
        ("redis://:hush@h/0?clutser=a", "no option 'clutser'; did you mean 'cluster'"),
        ("redis://:hush@h/0?ssl_ca_certs=x", "redis:// has no option 'ssl_ca_certs'"),
    ],
)
def test_what_there_is_not_is_refused_without_its_password(setting, message):
    with pytest.raises(ValueError, match=message) as raised:
        parse(setting)
    assert "hush" not in str(raised.value)
