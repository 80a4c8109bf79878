"""A decoder-only transformer, written out as functions of its weights.

Norm before each part, no biases, learnt positions, the embedding used again for the output: the small GPT that many know. Functions
take and return tensors; torch is an extra, so that its types are not named.

Source: Vaswani et al. 2017, arXiv:1706.03762; Radford et al. 2019 (GPT-2); root-mean-square norm from Zhang and Sennrich 2019,
arXiv:1910.07467.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

Tensor = Any
Weights = dict[str, Any]
# Keys and values of each layer, [rows, heads, read so far, width of a head].
Cache = list[tuple[Any, Any]]

# Standard deviation of the weights at the start: that of GPT-2, .02 at a width of 768, for widths of one to three hundred (it goes with
# one over the root of the width).
_SPREAD = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large a network is.

    Attributes:
        width: Numbers that stand for a unit.
        depth: Layers.
        heads: Heads of each layer's attention.
        context: Units it sees at once.
        alphabet: Units it knows.
    """

    width: int
    depth: int
    heads: int
    context: int
    alphabet: int

    @property
    def parameters(self) -> int:
        """How many weights it has.

        >>> Shape(width=128, depth=5, heads=4, context=256, alphabet=259).parameters
        1050368
        """
        layer = 12 * self.width**2 + 2 * self.width
        return self.depth * layer + (self.alphabet + self.context + 1) * self.width


def start(shape: Shape, generator: Any) -> Weights:
    """Weights before any training, on the CPU.

    Args:
        shape: How large it is.
        generator: A `torch.Generator` of the CPU, the only source of chance.
    """
    import torch

    def drawn(*size: int, spread: float = _SPREAD) -> Tensor:
        return torch.empty(size).normal_(0.0, spread, generator=generator)

    width = shape.width
    weights: Weights = {
        "units": drawn(shape.alphabet, width),
        "places": drawn(shape.context, width),
        "norm": torch.ones(width),
    }
    # What a layer adds is made smaller, so that the sum over all layers stays as large.
    added = _SPREAD / math.sqrt(2 * shape.depth)
    for at in range(shape.depth):
        weights |= {
            f"{at}.norm.attention": torch.ones(width),
            f"{at}.asked": drawn(3 * width, width),
            f"{at}.answered": drawn(width, width, spread=added),
            f"{at}.norm.inner": torch.ones(width),
            f"{at}.wide": drawn(4 * width, width),
            f"{at}.narrow": drawn(width, 4 * width, spread=added),
        }
    return weights


def read(weights: Weights, shape: Shape, units: Tensor, cache: Cache | None = None) -> tuple[Tensor, Cache]:
    """What may follow each unit.

    Args:
        weights: Of this shape.
        shape: How large it is.
        units: int64 [rows, units]; with a cache, one unit that follows what was read.
        cache: What was read before these units; None: nothing.

    Returns:
        Logits [rows, units, alphabet], and the cache with these units in it.
    """
    from torch.nn import functional

    seen = cache[0][0].shape[2] if cache else 0
    rows, length = units.shape
    x = functional.embedding(units, weights["units"]) + weights["places"][seen : seen + length]
    read_now: Cache = []
    for at in range(shape.depth):
        h = functional.rms_norm(x, (shape.width,), weights[f"{at}.norm.attention"])
        asked = functional.linear(h, weights[f"{at}.asked"])
        query, key, value = (
            part.reshape(rows, length, shape.heads, -1).transpose(1, 2) for part in asked.chunk(3, dim=-1)
        )
        if cache:
            key, value = _join(cache[at], key, value)
        read_now.append((key, value))
        answer = functional.scaled_dot_product_attention(query, key, value, is_causal=not cache)
        x = x + functional.linear(answer.transpose(1, 2).reshape(rows, length, -1), weights[f"{at}.answered"])
        h = functional.rms_norm(x, (shape.width,), weights[f"{at}.norm.inner"])
        x = x + functional.linear(
            functional.gelu(functional.linear(h, weights[f"{at}.wide"])), weights[f"{at}.narrow"]
        )
    x = functional.rms_norm(x, (shape.width,), weights["norm"])
    return functional.linear(x, weights["units"]), read_now


def _join(before: tuple[Tensor, Tensor], key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    import torch

    return torch.cat([before[0], key], dim=2), torch.cat([before[1], value], dim=2)


def keep_rows(cache: Cache, rows: Tensor) -> Cache:
    """The cache of these rows alone."""
    return [(key[rows], value[rows]) for key, value in cache]
