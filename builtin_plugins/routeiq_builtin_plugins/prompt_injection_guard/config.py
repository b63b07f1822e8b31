"""What an operator can set of the plugin `prompt-injection-guard`."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator
from routeiq_plugin_sdk import Adaptation, StreamWindow

from .leaks import Leaks
from .rules import load_rules
from .scanner import Scanner

Score = Annotated[float, Field(ge=0, le=1)]
Action = Literal["block", "withhold", "flag", "off"]
_LETTERS_A_WORD: Final = 16  # what a window holds of text for each word that is looked for


class Policy(BaseModel):
    """What becomes of texts of one origin."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Action = Field(
        default="block",
        description="Of a text whose score is `block_at` or more: `block` refuses the request; `withhold` puts a notice"
        " in the text's place and goes on; `flag` counts and logs it; `off`: such texts are not looked at.",
    )
    block_at: Score = Field(default=0.6, description="The score from which on `action` is taken.")
    flag_at: Score = Field(
        default=0.4, description="The score from which on a text is counted and logged, and the classifier asked."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.flag_at > self.block_at:
            raise ValueError(f"flag_at ({self.flag_at}) must not be above block_at ({self.block_at})")
        return self


class Classifier(BaseModel):
    """A model that is asked where the rules are not sure: for scores from `flag_at` to below `block_at`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = Field(default=None, description="A model of the gateway; without one nobody is asked.")
    timeout: float = Field(default=5.0, gt=0, le=120, description="Seconds that it may take.")
    on_error: Literal["allow", "block"] = Field(
        default="allow", description="What becomes of the text if it does not answer, or neither yes nor no."
    )
    max_characters: int = Field(
        default=8000, ge=100, le=200_000, description="Of a text that many are shown to it: its beginning and its end."
    )


class Config(BaseModel):
    """What is looked for, where, and what becomes of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: Policy = Field(default_factory=Policy, description="What users write; and messages to agents.")
    untrusted: Policy = Field(
        default_factory=lambda: Policy(action="withhold", flag_at=0.35),
        description="What tools, documents and agents bring in: nobody's words to the model, and judged more strictly.",
    )
    trusted: Policy = Field(
        default_factory=lambda: Policy(action="flag"),
        description="What the application (`system`, `developer`) and the model itself (`assistant`) said before.",
    )
    notice: str = Field(
        default="[withheld by the gateway: this text tried to give instructions to the model]",
        min_length=1,
        description="What stands in the place of a text that is withheld.",
    )
    classifier: Classifier = Field(default_factory=Classifier, description="A model for the doubtful cases.")
    canaries: tuple[Annotated[str, Field(min_length=8, max_length=200)], ...] = Field(
        default=(),
        description="Words that stand in system prompts and nowhere else: an answer that has one is refused. Answers"
        " are held back by as much as the longest one has characters.",
    )
    leak_words: Annotated[int, Field(ge=0, le=200)] = Field(
        default=0,
        description="An answer that has so many words in a row of the system prompt is refused, or ends there; 0: not"
        " looked for. 8 at least.",
    )

    _scanner: Scanner = PrivateAttr()
    _leaks: Leaks = PrivateAttr()

    @model_validator(mode="after")
    def _prepare(self) -> Self:
        if 0 < self.leak_words < 8:
            raise ValueError(
                f"leak_words: {self.leak_words} words in a row are in any two texts: 8 or more, or 0 for none"
            )
        for name in ("user", "trusted"):
            if getattr(self, name).action == "withhold":
                raise ValueError(f"{name}.action: only what is untrusted can be withheld; use block, flag or off")
        self._scanner = Scanner(load_rules())
        self._leaks = Leaks(self.canaries, self.leak_words)
        return self

    @property
    def scanner(self) -> Scanner:
        """What judges texts."""
        return self._scanner

    @property
    def leaks(self) -> Leaks:
        """What finds the system prompt in answers."""
        return self._leaks


def adapt(config: Config) -> Adaptation:
    """Return the windows that looking for leaks needs, or that answers are not looked at."""
    if not config.canaries and not config.leak_words:
        return Adaptation(unused_hooks={"llm_stream_window"})
    longest = max(map(len, config.canaries), default=0)
    size = max(config.leak_words * _LETTERS_A_WORD, 2 * longest, 64)
    return Adaptation(StreamWindow(size=size, overlap=longest, max_hold=longest + 1))
