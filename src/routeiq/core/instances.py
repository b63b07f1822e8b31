"""Named instances: `rate-limit#free` is the plugin `rate-limit` once more, with an order and settings of its own.

The name before `#` says whose code runs; everything else (configuration, circuit, figures, storage, shared namespace)
goes by the whole name. A plugin's name, where one plugin names others, stands for all of its instances.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from routeiq_plugin_sdk.metadata import NAME_PATTERN

from .problems import nearest

SEPARATOR: Final = "#"
INSTANCE_PATTERN: Final = re.compile(f"{NAME_PATTERN.pattern}({SEPARATOR}{NAME_PATTERN.pattern})?")


def plugin_of(name: str) -> str:
    """Return whose code runs under a name: `rate-limit` for `rate-limit#free` and for `rate-limit`."""
    return name.partition(SEPARATOR)[0]


def instance_part(name: str) -> str:
    """Return what a name says behind the plugin's: `free` for `rate-limit#free`, and nothing for `rate-limit`."""
    return name.partition(SEPARATOR)[2]


def checked_name(name: str) -> str:
    """Return the name of a plugin or of an instance.

    Raises:
        ValueError: if it is none, with the nearest name that could be one.
    """
    if INSTANCE_PATTERN.fullmatch(name):
        return name
    near = SEPARATOR.join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in name.split(SEPARATOR))
    hint = f"; did you mean {near!r}?" if INSTANCE_PATTERN.fullmatch(near) else ""
    raise ValueError(
        f"{name!r} is no plugin's name: those are lower-case letters, digits and '-', with '{SEPARATOR}' before the"
        f" name of an instance{hint}"
    )


def by_plugin(names: Iterable[str]) -> dict[str, list[str]]:
    """Return names of instances by their plugin's."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(plugin_of(name), []).append(name)
    return found


def expanded(names: Collection[str], instances: Mapping[str, Collection[str]], own: str) -> frozenset[str]:
    """Return the instances that names stand for.

    Args:
        instances: Those that there are, by plugin. A name without one stays as it is.
        own: Whose names these are: none of them means itself.
    """
    meant: set[str] = set()
    for name in names:
        meant.update((name,) if SEPARATOR in name else instances.get(name) or (name,))
    meant.discard(own)
    return frozenset(meant)


def hint_for(name: str, known: Collection[str]) -> str:
    """Return what to write in the place of a name that does not exist: `; ...`, or nothing if none is near."""
    siblings = sorted(one for one in known if plugin_of(one) == plugin_of(name))
    if siblings:
        return f"; of {plugin_of(name)!r} there {'is' if len(siblings) == 1 else 'are'} {', '.join(siblings)}"
    return nearest(name, known)
