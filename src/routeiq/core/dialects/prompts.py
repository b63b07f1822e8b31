"""Prompts and embedding inputs as chat messages, and back: each text is a message of the user.

Token ids have no text: they appear as an empty message, and cannot be changed through it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .content import content_text
from .dialect import InvalidRequest

Prompt = Any  # str, list of str, list of token ids, or list of such lists


def is_tokens(prompt: object) -> bool:
    """Return whether this is one prompt given as token ids."""
    return isinstance(prompt, list) and bool(prompt) and type(prompt[0]) is int


def prompt_list(prompt: Prompt) -> list[Any]:
    """Return the single prompts, each a text or a list of token ids."""
    return prompt if isinstance(prompt, list) and not is_tokens(prompt) else [prompt]


def prompt_messages(prompt: Prompt) -> list[dict[str, Any]]:
    """Return one message of the user for each prompt."""
    return [{"role": "user", "content": one if isinstance(one, str) else ""} for one in prompt_list(prompt)]


def written_prompt(prompt: Prompt, messages: Sequence[Mapping[str, Any]], param: str) -> Prompt:
    """Return the prompt that says what the messages say; what they leave unchanged keeps its objects.

    A prompt has no roles: what precedes a message of the user becomes the beginning of its prompt, a paragraph each.

    Raises:
        InvalidRequest: if token ids would have to be changed.
    """
    old = prompt_messages(prompt)
    if list(messages) == old:
        return prompt
    groups = _groups(messages, single=not isinstance(prompt, list) or is_tokens(prompt))
    originals = prompt_list(prompt)
    if any(not isinstance(one, str) for one in originals) and len(groups) != len(originals):
        raise InvalidRequest(f"Messages cannot be added to a {param} of token ids, nor taken away.", param)
    written = []
    for position, group in enumerate(groups):
        if position < len(originals):
            if group == [old[position]]:
                written.append(originals[position])
                continue
            if not isinstance(originals[position], str):
                raise InvalidRequest(f"A {param} of token ids cannot be changed as text.", param)
        texts = (content_text(message.get("content")) for message in group)
        written.append("\n\n".join(text for text in texts if text))
    return written if isinstance(prompt, list) and not is_tokens(prompt) else written[0]


def _groups(messages: Sequence[Mapping[str, Any]], single: bool) -> list[list[Mapping[str, Any]]]:
    """Return the messages that make up each prompt."""
    if single:
        return [list(messages)]
    groups: list[list[Mapping[str, Any]]] = []
    pending: list[Mapping[str, Any]] = []
    for message in messages:
        pending.append(message)
        if message.get("role") == "user":
            groups.append(pending)
            pending = []
    if pending:
        if not groups:
            return [pending]
        groups[-1].extend(pending)
    return groups
