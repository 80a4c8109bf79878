"""Identity: which pairs are the same, whatever their order and the white space at the ends of their texts."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_NO_PROMPT = bytes(32)
_TEXTS = ("prompt", "response_a", "response_b")
_BATCH_ROWS = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a pair is.

    Attributes:
        prompt: Digest of the prompt; None without one.
        a: Digest of response a.
        b: Digest of response b.
    """

    prompt: bytes | None
    a: bytes
    b: bytes

    @property
    def responses(self) -> bytes:
        """Both responses, whatever their order."""
        return self.a + self.b if self.a <= self.b else self.b + self.a

    @property
    def pair_hash(self) -> str:
        """`sha256:<hex>` over the prompt and both responses, whatever their order."""
        return "sha256:" + sha256((self.prompt or _NO_PROMPT) + self.responses).hexdigest()


def identify(prompt: str | None, response_a: str, response_b: str) -> Identity:
    """The identity of a pair.

    Raises:
        UnicodeEncodeError: A text holds half of a surrogate pair.

    >>> identify("p", "x", "y ").pair_hash == identify(" p", "y", "x").pair_hash
    True
    """
    asked = prompt.strip() if prompt is not None else ""
    return Identity(
        prompt=sha256(asked.encode()).digest() if asked else None,
        a=sha256(response_a.strip().encode()).digest(),
        b=sha256(response_b.strip().encode()).digest(),
    )


def identify_all(pairs: pa.Table) -> list[Identity]:
    """The identities of pairs, in order; few of their texts are Python's at a time."""
    found = []
    for batch in pairs.select(_TEXTS).to_batches(max_chunksize=_BATCH_ROWS):
        columns = (batch.column(name).to_pylist() for name in _TEXTS)
        found += [identify(*texts) for texts in zip(*columns, strict=True)]
    return found
