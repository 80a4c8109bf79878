"""A language model of bytes, counted from a few texts: the public fake, which needs nothing and is quick."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Self

import numpy as np

from holdfast.backends.encoders.distinct import whole_characters
from holdfast.backends.models.draws import check_sampling, draw, row_stream
from holdfast.backends.models.model import MOST_LIKELY, Kind, Sample, Scored, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

_END = 256  # no byte: where a text ends
_BEGIN = chr(_END)
_SYMBOLS = 257
_RARE = 1e-4
"""Weight of all symbols together that no text had, so that no text is impossible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedModel:
    """Bytes given the bytes before them, as often as they stood there in the texts it was made of.

    Longer contexts are mixed with shorter ones by how many different bytes were seen after them (Witten and Bell 1991).

    Attributes:
        name: Its name and digest.
        digest: Over its texts and its order.
        order: Bytes that are looked back on.
        counts: What came after each context, by byte.

    >>> model = ScriptedModel.of(["ab", "ab", "ac"], order=1)
    >>> round(float(2 ** -model.score(["ab"]).bits[0]), 2)  # every text begins with an a
    0.83
    """

    name: str
    digest: str
    order: int
    counts: dict[str, Counter[int]] = field(repr=False)

    @property
    def kind(self) -> Kind:
        """Scripted."""
        return "scripted"

    @property
    def where(self) -> str:
        """Nowhere but here."""
        return "memory"

    @classmethod
    def of(cls, texts: Sequence[str], *, order: int = 5, name: str = "scripted") -> Self:
        """A model that learns from these texts, and from nothing else.

        Args:
            texts: What it reads.
            order: Bytes that it looks back on; 1 is a bigram.
            name: What reports call it.
        """
        counts: dict[str, Counter[int]] = {}
        digest = sha256(f"{order}".encode())
        for text in texts:
            said = whole_characters(text).encode()
            digest.update(sha256(said).digest())
            line = _BEGIN + said.decode("latin-1")
            for at, symbol in enumerate((*said, _END), 1):
                for size in range(min(order, at) + 1):
                    counts.setdefault(line[at - size : at], Counter())[symbol] += 1
        return cls(
            name=f"{name}@{digest.hexdigest()[:8]}",
            digest=f"sha256:{digest.hexdigest()}",
            order=order,
            counts=counts,
        )

    def score(self, texts: Sequence[str], progress: Callable[[int, int], None] = silent, /) -> Scored:
        """What each byte costs."""
        said = [whole_characters(text).encode() for text in texts]
        facts: list[tuple[float, float, bool, float, float, float, bool]] = []
        known: dict[str, tuple[NDArray[np.float64], float, float, float, int, frozenset[int]]] = {}
        for row, text in enumerate(said):
            line = _BEGIN + text.decode("latin-1")
            for at, symbol in enumerate(text, 1):
                before = line[max(0, at - self.order) : at]
                if before not in known:
                    known[before] = _facts(self._distribution(before))
                p, sure, entropy, top, best, likely = known[before]
                inner = float(p[symbol] / (1 - p[_END]))
                facts.append(
                    (
                        -np.log2(p[symbol]),
                        sure,
                        best == symbol,
                        -np.log2(inner),
                        entropy,
                        top,
                        symbol in likely,
                    )
                )
            progress(row + 1, len(said))
        table = np.array(facts, np.float64).reshape(-1, 7)
        sizes = np.array([len(line) for line in said], np.int64)
        return Scored(
            bits=table[:, 0],
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            bytes=sizes,
            unread=np.zeros(len(said), bool),
            confidence=table[:, 1],
            right=table[:, 2] > 0,
            surprise=table[:, 3],
            entropy=table[:, 4],
            top=table[:, 5],
            among=table[:, 6] > 0,
        )

    def sample(
        self,
        prompts: Sequence[str],
        *,
        seed: int,
        temperature: float = 1.0,
        top_p: float = 1.0,
        most_tokens: int = 256,
        progress: Callable[[int, int], None] = silent,
    ) -> list[Sample]:
        """A text after each prompt."""
        check_sampling(temperature, top_p, most_tokens)
        found = []
        for row, prompt in enumerate(prompts):
            rng, line = row_stream(seed, row), _BEGIN + whole_characters(prompt).encode().decode("latin-1")
            begin, finished = len(line), False
            while len(line) - begin < most_tokens and not finished:
                p = self._distribution(line[max(0, len(line) - self.order) :])
                symbol = draw(np.log(p), rng.random(), temperature=temperature, top_p=top_p)
                finished = symbol == _END
                line += "" if finished else chr(symbol)
            written = line[begin:].encode("latin-1").decode(errors="replace")
            found.append(Sample(text=written, finished=finished))
            progress(row + 1, len(prompts))
        return found

    def _distribution(self, before: str) -> NDArray[np.float64]:
        """float64 [257], probability of every byte, and of the end."""
        p = np.full(_SYMBOLS, 1 / _SYMBOLS)
        for size in range(len(before) + 1):
            seen = self.counts.get(before[len(before) - size :] if size else "")
            if seen is None:
                break
            counts = np.zeros(_SYMBOLS)
            counts[list(seen)] = list(seen.values())
            kinds = float(len(seen)) if size else _RARE
            p = (counts + kinds * p) / (counts.sum() + kinds)
        return p


def _facts(
    p: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float, float, float, int, frozenset[int]]:
    """The distribution; and where the text goes on: confidence, entropy, mass of the likeliest, the likeliest, and those."""
    inner = p[:_END] / (1 - p[_END])
    likely = np.argsort(-inner, kind="stable")[:MOST_LIKELY]
    entropy = float(-(inner * np.log2(inner)).sum())
    best = int(likely[0])
    return p, float(inner[best]), entropy, float(inner[likely].sum()), best, frozenset(likely.tolist())
