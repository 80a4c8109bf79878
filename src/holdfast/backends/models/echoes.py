"""Echoes: the ways in which servers say what given text costs, and how their answers are read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LIKELIEST = 5  # the most that OpenAI's legacy completions tell
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to ask for the probability of given text.

    Attributes:
        name: What errors call it.
        written: Tokens that are written after the text; they are left out.
        echo: Whether the text is given back, token by token; else `prompt_logprobs`, as vLLM has them.
        begins: Whether the model puts a token of beginnings before every text; None as long as that is not known.
    """

    name: str
    written: int
    echo: bool
    begins: bool | None = None

    def body(self, model: str, text: str) -> dict[str, Any]:
        """The request."""
        asked = {"model": model, "prompt": text, "max_tokens": self.written, "temperature": 0}
        if self.echo:
            return {**asked, "echo": True, "logprobs": _LIKELIEST}
        return {**asked, "prompt_logprobs": 1}


WAYS = (
    Way(name="echo without writing", written=0, echo=True),
    Way(name="echo and one token", written=1, echo=True),
    Way(name="prompt_logprobs", written=1, echo=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a text costs.

    Attributes:
        bits: float64 [t], of every token but the first, where nothing stands before it.
        bytes: Bytes of those tokens.
        confidence: float64 [t], of the likeliest token; None where the server leaves it out.
        right: bool [t], whether that one came; None as above.
    """

    bits: NDArray[np.float64]
    bytes: int
    confidence: NDArray[np.float64] | None
    right: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """Nothing is known of a text.

    Attributes:
        reason: Why; None for an empty one, of which there is nothing to know.
    """

    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """A token of the text: what it says, its probability's logarithm (None for the first), and that of the likeliest."""

    text: str
    log: float | None
    best: float | None


def read_told(way: Way, answer: dict[str, Any], text: str) -> Told | Untold:
    """What an answer says about a text."""
    try:
        choice = answer["choices"][0]
        tokens = _echoed(way, answer, choice, text) if way.echo else _prompted(choice)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        return Untold(reason=f"an answer of another form ({type(error).__name__})")
    return tokens if isinstance(tokens, Untold) else _sum(tokens, text, begins=way.begins)


def _echoed(way: Way, answer: dict[str, Any], choice: dict[str, Any], text: str) -> list[_Token] | Untold:
    if not isinstance(choice.get("text"), str) or not _repeats(choice["text"], text):
        return Untold(reason="it does not give the text back")
    told = choice.get("logprobs")
    if not isinstance(told, dict) or not isinstance(told.get("token_logprobs"), list):
        return Untold(reason="it gives no probabilities")
    logs, words = told["token_logprobs"], told["tokens"]
    likely = told.get("top_logprobs") or [None] * len(logs)
    usage = answer.get("usage")
    given = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    size = given if isinstance(given, int) and 0 < given <= len(logs) else len(logs) - way.written
    return [
        _Token(
            text=str(word),
            log=None if log is None else float(log),
            best=max(map(float, others.values())) if isinstance(others, dict) and others else None,
        )
        for word, log, others in zip(words[:size], logs[:size], likely[:size], strict=True)
    ]


def _repeats(said: str, text: str) -> bool:
    """Whether an answer begins with the text; some servers put a special token before it."""
    return text in said[: len(text) + 64]


def _prompted(choice: dict[str, Any]) -> list[_Token] | Untold:
    told = choice.get("prompt_logprobs")
    if not isinstance(told, list) or not told:
        return Untold(reason="it gives no prompt_logprobs")
    tokens = []
    for each in told:
        if each is None:
            tokens.append(_Token(text="", log=None, best=None))
            continue
        # vLLM tells the token that stands there first, and then the likeliest, unless it is the same.
        others = list(each.values())
        best = max(float(one["logprob"]) for one in others)
        here = next((one for one in others if len(others) > 1 and one.get("rank") != 1), others[0])
        tokens.append(
            _Token(text=str(here.get("decoded_token") or ""), log=float(here["logprob"]), best=best)
        )
    return tokens


def _sum(tokens: Sequence[_Token], text: str, *, begins: bool | None) -> Told | Untold:
    if not tokens:
        return Untold(reason="it gives no tokens")
    scored = [token for token in tokens if token.log is not None]
    first = tokens[0]
    if len(scored) < len(tokens) - (first.log is None) or not scored:
        return Untold(reason="it gives no probability for some tokens")
    logs = np.array([token.log for token in scored], np.float64)
    if not np.isfinite(logs).all() or (logs > _CLOSE).any():
        return Untold(reason="it gives probabilities that are none")
    size = len(text.encode()) if begins else _scored_bytes(tokens, text)
    if size is None:
        return Untold(reason="where its first token ends cannot be told")
    best = [token.best for token in scored]
    told = None not in best
    highest = np.array(best, np.float64) if told else None
    return Told(
        bits=np.maximum(-logs / math.log(2), 0.0),
        bytes=size,
        confidence=None if highest is None else np.minimum(np.exp(np.maximum(highest, logs)), 1.0),
        right=None if highest is None else logs >= highest - _CLOSE,
    )


def _scored_bytes(tokens: Sequence[_Token], text: str) -> int | None:
    """Bytes of the tokens that have a probability; None where that cannot be told.

    The first token has none. It is either one that texts begin with, which says nothing, or the first piece of the text.

    >>> said = [_Token(text="the", log=None, best=None), _Token(text=" sea", log=-1.0, best=None)]
    >>> _scored_bytes(said, "the sea"), _scored_bytes([_Token(text="<s>", log=None, best=None), *said[1:]], " sea")
    (4, 4)
    """
    whole = len(text.encode())
    first = tokens[0]
    if first.log is not None:
        return whole
    rest = "".join(token.text for token in tokens[1:])
    if rest == text or rest.lstrip() == text.lstrip():
        return whole
    if first.text and text.startswith(first.text):
        return whole - len(first.text.encode())
    # vLLM leaves the first token out of `prompt_logprobs`; what the others say is the end of the text.
    if rest and text.endswith(rest):
        return len(rest.encode())
    if first.text.startswith("<") and first.text.endswith(">"):
        return whole
    return None
