"""Texts judged by the policy for where they come from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from routeiq_plugin_sdk import JSONText, MessageText, PluginContext, Reject, TextPlace

from .classifier import is_injection
from .config import Config, Policy
from .scanner import Scanner, Verdict

Source = Literal["user", "untrusted", "trusted"]
_PIECE: Final = 16 * 1024
"""Characters that are judged at a time: the loop gets its turn between them."""
_OVERLAP: Final = 2 * 1024
_EACH: Final = 256  # characters that the shortest text takes as much time as
_TRUSTED: Final = frozenset({"system", "developer", "assistant"})
_BROUGHT_IN: Final = frozenset({"tool", "function"})


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be judged."""

    source: Source
    text: str
    where: TextPlace


def of_messages(texts: Sequence[MessageText]) -> list[Text]:
    """Return the texts of a conversation, by who is behind them."""
    return [Text(_source(one), one.text, one.where) for one in texts]


def of_json(texts: Sequence[JSONText], source: Source) -> list[Text]:
    """Return the texts of a JSON value, all of one source."""
    return [Text(source, one.text, one.where) for one in texts]


def _source(text: MessageText) -> Source:
    if text.role in _BROUGHT_IN or "source" in text.where:  # a document of Anthropic's API
        return "untrusted"
    return "trusted" if text.role in _TRUSTED else "user"


async def judge(texts: Sequence[Text], context: PluginContext) -> set[TextPlace]:
    """Return the places of the texts to be withheld.

    Raises:
        Reject: one of the texts is reason to refuse.
    """
    config: Config = context.config
    withheld: set[TextPlace] = set()
    turns = 0
    for text in texts:
        turns += len(text.text) + _EACH
        if turns > _PIECE:
            turns = 0
            await asyncio.sleep(0)
        policy: Policy = getattr(config, text.source)
        if policy.action == "off" or not text.text:
            continue
        verdict = await _scanned(config.scanner, text)
        if verdict.score < policy.flag_at or not verdict.findings:
            continue
        outcome = policy.action
        if verdict.score < policy.block_at and not await _confirmed(config, text.text, context):
            outcome = "flag"
        _tell(text, verdict, outcome, context)
        if outcome == "block":
            raise Reject(
                403,
                "Refused: a text in this seems to give the model instructions that it must not follow.",
                "prompt_injection",
            )
        if outcome == "withhold":
            withheld.add(text.where)
    return withheld


async def _scanned(scanner: Scanner, text: Text) -> Verdict:
    untrusted = text.source == "untrusted"
    if len(text.text) <= _PIECE:
        return scanner.scan(text.text, untrusted=untrusted)
    worst = Verdict()
    for piece in _pieces(text.text):
        verdict = scanner.scan(piece, untrusted=untrusted)
        if verdict.score > worst.score:
            worst = verdict
        await asyncio.sleep(0)
    return worst


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), _PIECE - _OVERLAP):
        yield text[start : start + _PIECE]


async def _confirmed(config: Config, text: str, context: PluginContext) -> bool:
    """Return whether the classifier, if there is one, takes a doubtful text for an injection."""
    if config.classifier.model is None:
        return False
    answer = await is_injection(context.llm, config.classifier, text)
    asked = context.metrics.counter("classified", "Doubtful texts, by the classifier's answer.", ["answer"])
    asked.inc(answer="none" if answer is None else "injection" if answer else "harmless")
    return config.classifier.on_error == "block" if answer is None else answer


def _tell(text: Text, verdict: Verdict, outcome: str, context: PluginContext) -> None:
    counter = context.metrics.counter(
        "findings",
        "Signs of injections, by family, source, and what became of the text.",
        ["family", "source", "outcome"],
    )
    for finding in verdict.findings:
        counter.inc(family=finding.family, source=text.source, outcome=outcome)
    # The text itself is not logged: it may be anybody's secret.
    signs = [f"{one.family}{f' ({one.how})' if one.how else ''}" for one in verdict.findings]
    context.logger.warning("injection", source=text.source, score=verdict.score, outcome=outcome, signs=signs)
