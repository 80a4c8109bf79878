"""Every text once: what all encoders do around their model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


def silent(_done: int, _all: int) -> None:
    """No progress."""


def encode_distinct(
    texts: Sequence[str],
    embed: Callable[[list[str]], NDArray[np.float32]],
    *,
    dimensions: int,
    chunk: int,
    where: str,
    progress: Callable[[int, int], None] = silent,
) -> NDArray[np.float32]:
    """float32 [n, dimensions], rows of length 1 or 0; identical texts are embedded once and have identical rows.

    Args:
        texts: n texts.
        embed: Turns up to `chunk` texts, the longest first, into as many vectors.
        dimensions: Numbers in a vector.
        chunk: Texts embedded between two calls of `progress`.
        where: How errors name the encoder.
        progress: Called with the number of distinct texts done, and of all.

    Raises:
        InputError: `embed` gave something that is no vector of this dimension for every text.

    >>> encode_distinct(["to", "b", "to"], lambda texts: np.array([[len(text), 0] for text in texts]),
    ...                 dimensions=2, chunk=8, where="lengths").tolist()
    [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    """
    places: dict[str, int] = {}
    place_of = np.fromiter(
        (places.setdefault(whole_characters(text), len(places)) for text in texts), np.int64, len(texts)
    )
    distinct = list(places)
    # Alike lengths share a batch, so that little is padded. The longest come first: if they do not fit into memory,
    # the user hears of it at once.
    order = sorted(range(len(distinct)), key=lambda place: -len(distinct[place]))
    rows = np.zeros((len(distinct), dimensions), np.float32)
    for start in range(0, len(order), chunk):
        taken = order[start : start + chunk]
        rows[taken] = _unit_rows(embed([distinct[place] for place in taken]), (len(taken), dimensions), where)
        progress(min(start + chunk, len(order)), len(order))
    return rows[place_of]


def try_out(embed: Callable[[list[str]], NDArray[np.float32]], where: str) -> NDArray[np.float64]:
    """float64 [2, d], what the model gives for two texts of different lengths, scaled to length 1.

    Raises:
        InputError: It gives no vectors.
    """
    texts = ["a text of several words", "holdfast"]
    vectors = embed(texts)
    if vectors.shape[-1] == 0:
        raise InputError(
            "the model gives vectors without numbers, even for plain words",
            where=where,
            do="Check that the model and its tokenizer belong together",
        )
    return _unit_rows(vectors, (len(texts), vectors.shape[-1]), where)


def whole_characters(text: str) -> str:
    r"""The text, with U+FFFD for every half of a surrogate pair that stands alone: no encoder takes those.

    >>> whole_characters("\ud83d\ude00 \ud83d") == "\U0001f600 \ufffd"
    True
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _unit_rows(vectors: NDArray[np.float32], shape: tuple[int, int], where: str) -> NDArray[np.float64]:
    if vectors.shape != shape:
        raise InputError(
            f"the encoder gave vectors of the shape {vectors.shape} where {shape} was expected",
            where=where,
            do="Use a model that gives one vector for every text, all of the same dimension",
        )
    rows = vectors.astype(np.float64)  # the squares of large and of tiny float32 are none
    broken = int((~np.isfinite(rows).all(axis=1)).sum())
    if broken:
        raise InputError(
            f"the encoder gave numbers that are not finite for {broken:,} of {len(rows):,} texts",
            where=where,
            do="Check the model: half precision and broken exports do this",
        )
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), np.float64)
