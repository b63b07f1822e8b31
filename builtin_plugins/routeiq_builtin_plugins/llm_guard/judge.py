"""Asks the model for verdicts, several at a time, and remembers them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import sha256
from time import perf_counter

from routeiq_plugin_sdk import LLMError, PluginContext, Reject

from .config import Config
from .prompts import question
from .texts import Judged
from .verdicts import UnreadableVerdict, Verdict, read


class NoVerdict(Exception):
    """The model has not judged: it did not answer, not in time, or not with sense.

    Attributes:
        rejection: Why the model was not even asked: another plugin refused that, as a budget that has nothing left.
    """

    def __init__(self, reason: str, rejection: Reject | None = None) -> None:
        super().__init__(reason)
        self.rejection = rejection


class Memory:
    """The latest verdicts, by the hashes of what they are about."""

    def __init__(self) -> None:
        self._verdicts: OrderedDict[bytes, tuple[float, Verdict]] = OrderedDict()

    def get(self, key: bytes, now: float) -> Verdict | None:
        """Return a verdict that is remembered, if it is not too old."""
        known = self._verdicts.get(key)
        if known is None:
            return None
        if known[0] <= now:
            del self._verdicts[key]
            return None
        self._verdicts.move_to_end(key)
        return known[1]

    def put(self, key: bytes, verdict: Verdict, until: float, size: int) -> None:
        """Remember a verdict, and forget those that were longest not asked for."""
        self._verdicts[key] = until, verdict
        self._verdicts.move_to_end(key)
        while len(self._verdicts) > size:
            self._verdicts.popitem(last=False)

    def __len__(self) -> int:
        return len(self._verdicts)


class Judge:
    """One worker's: the memory is for all calls."""

    def __init__(self) -> None:
        self.memory = Memory()

    async def verdicts(
        self, items: Sequence[Judged], context: PluginContext, settles: Callable[[Verdict], bool]
    ) -> list[Verdict]:
        """Return the verdict of each item, in no order.

        Args:
            settles: Returns whether a verdict makes further ones needless.

        Raises:
            NoVerdict: of one of them there is none.
        """
        config: Config = context.config
        now = asyncio.get_running_loop().time()
        known: list[Verdict] = []
        asked: list[tuple[Judged, bytes]] = []
        for item in items:
            key = _key(config, item)
            verdict = self.memory.get(key, now)
            if verdict is None:
                asked.append((item, key))
            else:
                known.append(verdict)
        if known:
            counter = context.metrics.counter("remembered", "Verdicts that needed no call of the model.")
            counter.inc(len(known))
        if len(asked) > config.max_questions:
            raise NoVerdict(f"it needs {len(asked)} questions, and max_questions is {config.max_questions}")
        if asked and not any(map(settles, known)):
            try:
                async with asyncio.timeout(config.timeout):
                    known += await self._ask_all(asked, context, settles)
            except TimeoutError:
                raise NoVerdict(f"there was no verdict within {config.timeout:g} s") from None
        return known

    async def _ask_all(
        self, asked: Sequence[tuple[Judged, bytes]], context: PluginContext, settles: Callable[[Verdict], bool]
    ) -> list[Verdict]:
        if len(asked) == 1:
            return [await self._ask(*asked[0], context)]
        at_a_time = asyncio.Semaphore(context.config.concurrency)

        async def ask(item: Judged, key: bytes) -> Verdict:
            async with at_a_time:
                return await self._ask(item, key, context)

        tasks = [asyncio.ensure_future(ask(item, key)) for item, key in asked]
        found = []
        try:
            for done in asyncio.as_completed(tasks):
                verdict = await done
                found.append(verdict)
                if settles(verdict):
                    break
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return found

    async def _ask(self, item: Judged, key: bytes, context: PluginContext) -> Verdict:
        config: Config = context.config
        messages, parameters = question(config.template, config.rules, item)
        began = perf_counter()
        try:
            answer = await context.llm.chat(config.model, messages, **parameters)
            verdict = read(config.template, answer.text, config.thresholds)
        except LLMError as error:
            raise NoVerdict(f"the model {config.model!r} did not answer: {error}", error.rejection) from error
        except UnreadableVerdict as error:
            raise NoVerdict(f"what the model {config.model!r} answered is no verdict: {error}") from error
        seconds = context.metrics.histogram("seconds", "How long a verdict of the model took.")
        seconds.observe(perf_counter() - began)
        if config.cache_size:
            until = asyncio.get_running_loop().time() + config.cache_seconds
            self.memory.put(key, verdict, until, config.cache_size)
        return verdict


def _key(config: Config, item: Judged) -> bytes:
    """Return what a verdict is remembered by: a hash, so that no text is kept."""
    digest = sha256(config.question)
    for turn in item:
        text = turn.text.encode("utf-8", "surrogatepass")
        digest.update(f"{turn.role} {len(text)} ".encode())
        digest.update(text)
    return digest.digest()
