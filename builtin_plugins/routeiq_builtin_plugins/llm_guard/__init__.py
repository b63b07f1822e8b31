"""The plugin `llm-guard`: a model judges what is asked and what is answered.

The model is any of the gateway's, asked by `context.llm`: one of the Llama Guard family, or one that is told what to
look for. Calls that plugins make are not judged: their words are the plugins' own, or have been judged already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import (
    Adaptation,
    GatewayPlugin,
    LLMCall,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    Reject,
    RemoteCall,
    StreamWindow,
    WindowText,
    hookimpl,
)

from .config import Action, Config
from .judge import Judge, NoVerdict
from .prompts import Turn
from .texts import judged, turns_of, turns_of_value
from .verdicts import Verdict

_IN: Final = frozenset({"llm_pre_call", "tool_pre_call", "agent_pre_call"})
_OUT: Final = frozenset({"llm_stream_window", "tool_post_call", "agent_post_call"})


def adapt(config: Config) -> Adaptation:
    """Return windows as the configuration has them; what is not judged is not called, nor held."""
    unused: set[str] = set()
    if config.direction == "out":
        unused |= {"tool_pre_call", "agent_pre_call"}
        unused |= set() if config.context_messages else {"llm_pre_call"}
    if config.direction == "in":
        unused |= {"tool_post_call", "agent_post_call"}
        unused |= set() if config.parallel else {"llm_stream_window"}
    if "llm_pre_call" in unused or "llm_stream_window" in unused:
        unused |= {"llm_success", "llm_failure"}
    return Adaptation(StreamWindow(size=config.window, overlap=config.window_overlap), unused)


metadata: Final = PluginMetadata(
    name="llm-guard",
    description="Has a model judge what is asked and what is answered.",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    stream_window=StreamWindow(),
    adapt=adapt,
    enabled_by_default=False,
    priority=850,  # after the guards that ask no model: what they refuse costs no call, what they replace is not told
    failure_mode="abort",  # what has not been judged does not pass; what becomes of it says `on_error`
    gateway_compat=">=0.1,<1",
)


class _Call:
    """What is kept of a call from hook to hook.

    Attributes:
        turns: What is shown with the answer.
        verdict: Ends when what was asked is judged; raises Reject.
    """

    __slots__ = ("turns", "verdict")

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = turns
        self.verdict: asyncio.Future[None] | None = None


class LLMGuard(GatewayPlugin):
    """Keeps the verdicts of one worker."""

    metadata = metadata

    def __init__(self) -> None:
        self._judge = Judge()

    @hookimpl.llm_pre_call
    async def llm_pre_call(self, call: LLMCall, messages: Sequence[Mapping[str, Any]], context: PluginContext) -> None:
        """Judge every text of every message, or begin to. Raises Reject."""
        if call.origin is not None:
            return
        config: Config = context.config
        turns = turns_of(messages)
        kept = _Call(turns[len(turns) - config.context_messages :] if config.context_messages else ())
        if config.direction != "in" or config.parallel:
            call.shared.setdefault(context.plugin, {})[call.id] = kept
        if config.direction == "out":
            return
        # Vectors leave by no window.
        if config.parallel and call.api != "embedding":
            kept.verdict = asyncio.ensure_future(self._decide(turns, "request", context))
            return
        await self._decide(turns, "request", context)

    @hookimpl.llm_stream_window
    async def llm_stream_window(
        self, call: LLMCall, window: WindowText, is_final: bool, context: PluginContext
    ) -> None:
        """Judge what an answer says, before it leaves. Raises Reject."""
        if call.origin is not None:
            return
        config: Config = context.config
        kept: _Call | None = call.shared.get(context.plugin, {}).get(call.id)
        if kept is not None and kept.verdict is not None:
            await asyncio.shield(kept.verdict)
        if config.direction == "in" or not window.text.strip():
            return
        before = window.before[-config.window_overlap :] if config.window_overlap else ""
        shown = () if kept is None else kept.turns
        await self._decide([*shown, Turn("assistant", before + window.text)], "answer", context, shown=len(shown))

    @hookimpl.llm_success
    def llm_success(self, call: LLMCall, context: PluginContext) -> None:
        """Let go of what was kept of the call."""
        _forget(call, context)

    @hookimpl.llm_failure
    def llm_failure(self, call: LLMCall, context: PluginContext) -> None:
        """Let go of what was kept of the call."""
        _forget(call, context)

    @hookimpl.tool_pre_call
    async def tool_pre_call(self, call: RemoteCall, arguments: Mapping[str, Any], context: PluginContext) -> None:
        """Judge the arguments of a tool of an MCP server. Raises Reject."""
        await self._decide(turns_of_value(arguments), "tool arguments", context)

    @hookimpl.tool_post_call
    async def tool_post_call(self, call: RemoteCall, result: Mapping[str, Any], context: PluginContext) -> None:
        """Judge what a tool of an MCP server gives back. Raises Reject."""
        await self._decide(turns_of_value(result), "tool result", context)

    @hookimpl.agent_pre_call
    async def agent_pre_call(self, call: RemoteCall, message: Mapping[str, Any], context: PluginContext) -> None:
        """Judge a message to an agent. Raises Reject."""
        await self._decide(turns_of_value(message), "agent message", context)

    @hookimpl.agent_post_call
    async def agent_post_call(self, call: RemoteCall, result: Mapping[str, Any], context: PluginContext) -> None:
        """Judge what an agent answers. Raises Reject."""
        await self._decide(turns_of_value(result), "agent answer", context)

    async def _decide(self, turns: Sequence[Turn], what: str, context: PluginContext, shown: int = 0) -> None:
        """Have turns judged, but for the first ones, which are only shown. Raises Reject."""
        config: Config = context.config
        items = judged(turns, config.context_messages, config.max_characters, shown)
        try:
            verdicts = await self._judge.verdicts(items, context, lambda one: _action(config, one) == "block")
        except NoVerdict as error:
            _count("error", what, context)
            context.logger.warning("no verdict", of=what, reason=str(error), then=config.on_error)
            if config.on_error == "allow":
                return
            if (refusal := error.rejection) is not None:
                # A budget that is spent does not come back when the client tries again in five seconds: it must know.
                raise Reject(refusal.status_code, refusal.message, refusal.code, refusal.headers) from error
            words = "The content could not be checked now. Try again later."
            raise Reject(503, words, "guard_unavailable", {"retry-after": "5"}) from error
        worst: Action = "allow"
        for verdict in verdicts:
            action = _action(config, verdict)
            if action == "block":
                self._tell("blocked", what, verdict, context)
                raise _refusal(config, verdict)
            if action == "flag":
                worst = "flag"
                self._tell("flagged", what, verdict, context)
        if worst == "allow":
            _count("passed", what, context)

    def _tell(self, outcome: str, what: str, verdict: Verdict, context: PluginContext) -> None:
        _count(outcome, what, context)
        context.logger.info("a violation", outcome=outcome, of=what, categories=list(verdict.categories))
        context.events.emit(f"llm-guard.{outcome}", {"of": what, "categories": list(verdict.categories)})


def _action(config: Config, verdict: Verdict) -> Action:
    """Return what becomes of a verdict: of its categories the strictest counts."""
    if not verdict.unsafe:
        return "allow"
    actions = {config.categories.get(name, config.otherwise) for name in verdict.categories} or {config.otherwise}
    return "block" if "block" in actions else "flag" if "flag" in actions else "allow"


def _refusal(config: Config, verdict: Verdict) -> Reject:
    blocked = [name for name in verdict.categories if config.categories.get(name, config.otherwise) == "block"]
    named = f": {', '.join(blocked)}" if config.reveal and blocked else ""
    return Reject(403, f"The content policy of this gateway does not allow this{named}.", "content_blocked")


def _count(outcome: str, what: str, context: PluginContext) -> None:
    counter = context.metrics.counter("judgements", "What was judged, and how that ended.", ["of", "outcome"])
    counter.inc(of=what, outcome=outcome)


def _forget(call: LLMCall, context: PluginContext) -> None:
    kept: _Call | None = call.shared.get(context.plugin, {}).pop(call.id, None)
    if kept is None or kept.verdict is None:
        return
    if kept.verdict.done() and not kept.verdict.cancelled():
        kept.verdict.exception()  # it has been looked at, or nobody waits for it
    kept.verdict.cancel()
