"""Texts inside JSON text, such as the arguments of a tool call."""

from __future__ import annotations

import json
from collections.abc import Callable

from routeiq_plugin_sdk import json_texts, with_json_texts


def edited_json(text: str, edit: Callable[[str], str]) -> str:
    """Return JSON text with each text in it edited, the very same where nothing differs.

    What is no JSON is edited as the text that it is.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return edit(text)
    changed = {one.where: new for one in json_texts(value) if (new := edit(one.text)) != one.text}
    return json.dumps(with_json_texts(value, changed), ensure_ascii=False) if changed else text
