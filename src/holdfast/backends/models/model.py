"""What every language model is, whoever runs it: texts in, what each token cost; prompts in, texts out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

MOST_LIKELY = 10
"""Tokens whose probability together says how concentrated a model is."""
Kind = Literal["hugging_face", "server", "scripted"]


def silent(_done: int, _all: int) -> None:
    """No progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What texts cost a model, token by token.

    What is said of the distribution, from `confidence` on, is given that the text goes on: a scored token is never the end, so a
    model that rightly held the end for possible would look wrong otherwise. A server says it without that condition.

    Attributes:
        bits: float64 [t], of every scored token, text after text.
        starts: int64 [n + 1], where each text's tokens begin.
        bytes: int64 [n], bytes (UTF-8) of each text that the scored tokens say; 0 where nothing was scored.
        unread: bool [n], texts that are not empty and that the model could not score.
        confidence: float64 [t], probability of the token it held likeliest; None where nobody says.
        right: bool [t], whether that was the one that came; None as above.
        surprise: float64 [t], bits of the token that came, given that the text goes on; None where nobody says.
        entropy: float64 [t], bits of the distribution it came from, given the same; None where nobody says.
        top: float64 [t], probability of the 10 likeliest tokens together; None as above.
        among: bool [t], whether the one that came was one of the 10; None as above.
        notes: What a reader should know about the reading.
    """

    bits: NDArray[np.float64]
    starts: NDArray[np.int64]
    bytes: NDArray[np.int64]
    unread: NDArray[np.bool_]
    confidence: NDArray[np.float64] | None = None
    right: NDArray[np.bool_] | None = None
    surprise: NDArray[np.float64] | None = None
    entropy: NDArray[np.float64] | None = None
    top: NDArray[np.float64] | None = None
    among: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.bytes)

    @property
    def tokens(self) -> NDArray[np.int64]:
        """int64 [n], scored tokens of each text."""
        return np.diff(self.starts)

    @property
    def row_bits(self) -> NDArray[np.float64]:
        """float64 [n], what each text cost."""
        return self.sums(self.bits)

    def sums(self, values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """float64 [n], the sum over each text of something that every token has."""
        rows = np.repeat(np.arange(len(self)), self.tokens)
        return np.bincount(rows, values, minlength=len(self)).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A text that a model wrote.

    Attributes:
        text: What it wrote after the prompt.
        finished: Whether it ended by itself, and was not cut.
    """

    text: str
    finished: bool


class Model(Protocol):
    """A language model.

    What a text costs does not depend on its neighbours, up to rounding; neither does what is sampled: every row has a stream of
    its own, from the seed and its number.
    """

    @property
    def name(self) -> str:
        """What reports call it: folder and content digest on disk, model and host of a server; never a secret."""
        ...

    @property
    def kind(self) -> Kind:
        """How it is run."""
        ...

    @property
    def digest(self) -> str | None:
        """`sha256:...` over everything its answers depend on; None where that cannot be known."""
        ...

    @property
    def where(self) -> str:
        """Its folder or address."""
        ...

    def score(self, texts: Sequence[str], progress: Callable[[int, int], None] = ..., /) -> Scored:
        """What each text costs, by itself.

        Args:
            texts: n texts; empty ones and half surrogate pairs are allowed, the latter read as U+FFFD.
            progress: Called with what is done, and all there is to do.

        Raises:
            InputError: The model failed.
            BackendError: The server does not answer as it should.
        """
        ...

    def sample(
        self,
        prompts: Sequence[str],
        *,
        seed: int,
        temperature: float = 1.0,
        top_p: float = 1.0,
        most_tokens: int = 256,
        progress: Callable[[int, int], None] = ...,
    ) -> list[Sample]:
        """A text after each prompt; after an empty one, a text from its beginning.

        Args:
            prompts: n prompts; the same one may stand several times.
            seed: Decides, with the number of the row, what is drawn.
            temperature: Above 0; 1 is the model as it is.
            top_p: Share of the probability that is drawn from, the likeliest tokens first.
            most_tokens: Tokens after which a text is cut.
            progress: Called with what is done, and all there is to do.

        Raises:
            InputError: The model failed, or a prompt is too long for it.
            BackendError: The server does not answer as it should.
        """
        ...
