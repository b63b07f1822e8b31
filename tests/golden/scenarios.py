"""What happens in the golden trace: who asks for what, and how the upstream and the client behave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from routeiq_plugin_sdk import API

from tests.fakes.behaviour import Behaviour, Tool

from .recorder import ANSWER, REJECT

MODEL: Final = "fast"
"""The name under which clients call the one deployment, where the host has names of its own."""
UPSTREAM_MODEL: Final = "up"
RETRIES: Final = 1
"""What hosts that repeat calls are set to: two attempts at most."""
TEMPERATURE: Final = 0.5
"""A parameter of each call of a model that makes text."""

Ending = Literal["reads", "closes early", "leaves"]


@dataclass(frozen=True)
class Scenario:
    """One call of a client.

    Attributes:
        name: Unique.
        api: Which API the client speaks.
        stream: Whether it asks for a stream.
        said: The user's one message, or the prompt, or the input.
        upstream: How each attempt is answered; the last one also every further attempt.
        client: `reads` the answer to its end; `closes early` after `pieces` of text; `leaves` once the upstream was
            asked, and before it answers.
        pieces: Of text, which a client reads that closes early.
    """

    name: str
    api: API = "chat"
    stream: bool = False
    said: str = "hello"
    upstream: tuple[Behaviour, ...] = (Behaviour(),)
    client: Ending = "reads"
    pieces: int = 2


RICH: Final = Behaviour(text="It is sunny.", reasoning="I look.", tools=(Tool("weather", '{"city":"Rome"}'),))
BUSY: Final = Behaviour(status=429, headers={"retry-after": "0"})
BROKEN: Final = Behaviour(status=500, headers={"retry-after": "0"})

SCENARIOS: Final = {
    scenario.name: scenario
    for scenario in (
        Scenario("chat"),
        Scenario("chat, streamed", stream=True),
        Scenario("chat with a tool", upstream=(RICH,)),
        Scenario("chat with a tool, streamed", upstream=(RICH,), stream=True),
        Scenario("completion", "completion"),
        Scenario("completion, streamed", "completion", stream=True),
        Scenario("embedding", "embedding"),
        Scenario("responses", "responses"),
        Scenario("responses, streamed", "responses", stream=True),
        Scenario("messages", "messages"),
        Scenario("messages, streamed", "messages", stream=True),
        Scenario("a plugin answers", said=ANSWER),
        Scenario("a plugin answers, streamed", said=ANSWER, stream=True),
        Scenario("a plugin rejects", said=REJECT),
        Scenario("a plugin rejects, streamed", said=REJECT, stream=True),
        Scenario("429, then an answer", upstream=(BUSY, Behaviour())),
        Scenario("429, then a stream", upstream=(BUSY, Behaviour()), stream=True),
        Scenario("500 for ever", upstream=(BROKEN,)),
        Scenario("500 for ever, streamed", upstream=(BROKEN,), stream=True),
        Scenario("400", upstream=(Behaviour(status=400),)),
        Scenario("the stream breaks", upstream=(Behaviour(in_body="disconnect"),), stream=True),
        Scenario("the reader closes early", upstream=(Behaviour(in_body="stall"),), stream=True, client="closes early"),
        Scenario("the client leaves before the answer", upstream=(Behaviour(at_start="stall"),), client="leaves"),
        Scenario(
            "the client leaves before the stream",
            upstream=(Behaviour(at_start="stall"),),
            stream=True,
            client="leaves",
        ),
    )
}
