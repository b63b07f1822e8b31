"""LLM phases: one logical call, whatever API the client speaks and however many attempts it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .context import PluginContext
from .http import MIDDLEWARE, OBSERVERS
from .markers import hookspec
from .types import LLMCall, LLMResponse, StreamChunk, WindowText
from .types.headers import encode_headers

# Headers that frame the message or name its receiver (RFC 9110 sections 7 and 10.1.1): the transport's own business.
FRAMING = frozenset(
    {
        b"host",
        b"content-length",
        b"transfer-encoding",
        b"connection",
        b"keep-alive",
        b"te",
        b"trailer",
        b"upgrade",
        b"expect",
    }
)

Messages = Sequence[Mapping[str, Any]]
Parameters = Mapping[str, Any]


def apply_overrides(
    model: str, messages: Messages, kwargs: Parameters, overrides: dict[str, Any]
) -> tuple[str, Messages, Parameters]:
    """Return model, messages and parameters with one plugin's overrides merged in, shallowly.

    Raises:
        TypeError: if `model` is no text or `messages` no list of mappings.
        ValueError: if an override names `stream`: the client decides in what form it is answered; or a header that
            cannot be sent along.
    """
    if "extra_headers" in overrides:
        _check_extra_headers(overrides["extra_headers"])
    if "stream" in overrides:
        raise ValueError("'stream' cannot be overridden: the client decides in what form it is answered")
    rest = {name: value for name, value in overrides.items() if name not in ("model", "messages")}
    new_model, new_messages = overrides.get("model", model), overrides.get("messages", messages)
    if not isinstance(new_model, str):
        raise TypeError(f"the override 'model' must be a name, not {type(new_model).__name__}")
    if not isinstance(new_messages, list | tuple) or not all(isinstance(message, Mapping) for message in new_messages):
        raise TypeError("the override 'messages' must be a list of messages, each a mapping with 'role' and 'content'")
    return new_model, new_messages, {**kwargs, **rest} if rest else kwargs


def _check_extra_headers(headers: object) -> None:
    """Raise TypeError or ValueError for what cannot be sent along: found here, it is the plugin's failure alone."""
    if not isinstance(headers, Mapping) or not all(isinstance(text, str) for pair in headers.items() for text in pair):
        raise TypeError("the override 'extra_headers' must be a mapping of names to texts")
    for name, _ in encode_headers(headers):
        if name in FRAMING:
            raise ValueError(f"the override 'extra_headers' names {name.decode()!r}, which the host itself sets")


@hookspec(
    kind="chain",
    layer="llm",
    requires=MIDDLEWARE,
    carries=("model", "messages", "kwargs"),
    apply=apply_overrides,
    returns=(dict, LLMResponse),
    ends=(LLMResponse,),
    may_reject=True,
)
def llm_pre_call(
    call: LLMCall, model: str, messages: Messages, kwargs: Parameters, context: PluginContext
) -> dict[str, Any] | LLMResponse | None:
    """Inspect, change, answer or refuse an LLM call.

    Fires once for each logical call, before the first attempt.

    Args:
        messages: In the form of chat messages, whatever API the client speaks.
        kwargs: The other parameters of the body, such as `temperature` and `tools`; never credentials.

    Returns:
        None: the call stays as it is. dict: overrides, merged shallowly into `model`, `messages` and the parameters,
        written back in the API's own form, and seen by later plugins; `extra_headers` changes `call.headers`.
        LLMResponse: answers the call (a cache); later plugins are not asked and no attempt is made.

    Failure: the plugin's failure mode decides; `Reject` ends the call in the shape that the client's API expects.
    New in 0.1.
    """


@hookspec(
    kind="chain",
    layer="llm",
    requires=MIDDLEWARE,
    outbound=True,
    carries=("chunk",),
    returns=(StreamChunk,),
    may_reject=True,
)
def llm_stream_chunk(
    call: LLMCall, model: str, chunk: StreamChunk, kwargs: Parameters, is_final: bool, context: PluginContext
) -> StreamChunk | None:
    """Inspect or replace one step of a streamed answer, or stop the stream.

    Fires for each step as it arrives, before its bytes leave; nothing is held back.

    Args:
        is_final: True once, on the last step, which is empty; what it is replaced with still reaches the client,
            before the finish reason.

    Returns:
        None: the step stays. StreamChunk (`dataclasses.replace(chunk, text=...)`): its replacement.

    Failure: the plugin's failure mode decides; `abort` and `Reject` end the stream with the error event of the
    client's API. New in 0.1.
    """


def replace_text(window: WindowText, text: str) -> tuple[WindowText]:
    """Return the window with one plugin's text in it."""
    return (replace(window, text=text),)


@hookspec(
    kind="chain",
    layer="llm",
    requires=MIDDLEWARE,
    outbound=True,
    carries=("window",),
    apply=replace_text,
    returns=(str,),
    may_reject=True,
)
def llm_stream_window(call: LLMCall, window: WindowText, is_final: bool, context: PluginContext) -> str | None:
    """Judge the text and the tool-call arguments of an answer before they leave, or replace them.

    Fires on each window of a stream that the plugin's `stream_window` declares, after `llm_stream_chunk`, and once for
    each passage of an answer that is not streamed. Windows overlap; text is held until those that cover it are judged.

    Args:
        window: `window.text` has not left yet; `window.before` has.
        is_final: True on the last window of each passage, which can be shorter than declared, and empty.

    Returns:
        None: the text stays. str: what leaves in the place of `window.text`.

    Failure: the plugin's failure mode decides; `abort` and `Reject` end the answer with an error in the shape that the
    client's API expects, and what was held does not leave. New in 0.1.
    """


@hookspec(kind="observe", layer="llm", requires=OBSERVERS, outbound=True, contained=True)
def llm_success(call: LLMCall, model: str, response: LLMResponse, kwargs: Parameters, context: PluginContext) -> None:
    """Learn how a call was answered.

    Fires once for each call that got an answer, also one that a plugin gave (`call.answered_by`) and a stream that its
    reader closed early (`call.aborted`); then `llm_failure` does not fire.

    Args:
        response: The whole answer, also of a stream, with usage and cost.

    Failure: logged and counted; there is nothing left to refuse. New in 0.1.
    """


@hookspec(kind="observe", layer="llm", requires=OBSERVERS, outbound=True, contained=True)
def llm_failure(
    call: LLMCall, model: str, exception: BaseException, kwargs: Parameters, context: PluginContext
) -> None:
    """Learn why a call was not answered.

    Fires once for each call that failed, was refused (`Reject`), broke in mid-stream, or was cancelled before its
    answer (`CancelledError`); then `llm_success` does not fire.

    Failure: logged and counted; there is nothing left to refuse. New in 0.1.
    """
