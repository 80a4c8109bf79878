"""Which pairs people should label next: where judges disagree and styles differ, with chances that can be weighed back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data import write_text_atomic
from holdfast.data.preferences.identity import identify
from holdfast.errors import InputError
from holdfast.stats.unequal import draw_systematic, inclusion_probabilities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.views.ratings import Rater, Ratings

CHANCE = "inclusion_probability"
_EVEN = 0.5
"""Share of the chances that goes to all pairs alike, so that no weight is more than twice the mean of its stratum."""


def draw_sample(
    ratings: Ratings,
    judges: Sequence[Rater],
    rows: NDArray[np.int64],
    number: int,
    rng: np.random.Generator,
) -> tuple[dict[str, Any], ...]:
    """Draw pairs for people, ready to be written.

    Half of the chances goes to all pairs alike, half by how much verdicts of a pair disagree (between judges, between orders, or by a
    small margin) times how far its responses differ in style. Pairs of the same two authors are a stratum, and each gets its part. What the
    judges said, and who wrote what, is left out; responses stand in random order, the one to be shown first as a.

    Args:
        ratings: All ratings.
        judges: Whose verdicts count.
        rows: int64 [n], pairs to choose from.
        number: How many.
        rng: Draws.
    """
    strata = _strata(ratings, rows)
    chances = np.empty(len(rows))
    telling = disagreement(ratings, judges)[rows] * style_distance(ratings)[rows]
    sizes = np.bincount(strata)
    share = min(1.0, number / max(len(rows), 1))
    for stratum in range(len(sizes)):
        inside = strata == stratum
        mean = telling[inside].mean()
        size = np.ones(int(inside.sum()))
        if mean > 0:
            size = _EVEN + (1 - _EVEN) * telling[inside] / mean
        chances[inside] = inclusion_probabilities(size, share * int(inside.sum()))
    drawn = rng.permutation(draw_systematic(chances, strata, rng))
    pairs = ratings.preferences.pairs.take(rows[drawn])
    turned = rng.random(len(drawn)) < 0.5
    return tuple(
        {
            "pair_id": pair["pair_id"],
            "prompt": pair["prompt"],
            "response_a": pair["response_b" if turn else "response_a"],
            "response_b": pair["response_a" if turn else "response_b"],
            "order": "a",
            "label": None,
            "annotator": None,
            "annotator_type": "human",
            CHANCE: float(chance),
        }
        for pair, turn, chance in zip(pairs.to_pylist(), turned, chances[drawn], strict=True)
    )


def disagreement(ratings: Ratings, judges: Sequence[Rater]) -> NDArray[np.float64]:
    """float64 [pairs], 0 to 1: the variance of the verdicts of a pair, or how small its margin is, whichever is larger."""
    count, total, squares = (np.zeros(len(ratings)) for _ in range(3))
    for judge in judges:
        for rows, label in ((judge.rows, judge.label), (judge.rows[judge.both], judge.swapped[judge.both])):
            count[rows] += 1
            total[rows] += label
            squares[rows] += np.square(label.astype(float))
    shown = np.maximum(count, 1)
    spread = squares / shown - np.square(total / shown)
    return np.maximum(np.clip(spread, 0.0, 1.0), _narrow(ratings))


def _narrow(ratings: Ratings) -> NDArray[np.float64]:
    """float64 [pairs], 1 for the smallest margin, towards 0 for the largest; 0 where no margin is given."""
    labels = ratings.preferences.labels
    kept = labels.column("strength").is_valid().to_numpy(zero_copy_only=False) & (
        np.array(labels.column("annotator_type").to_pylist(), object) != "human"
    )
    narrow = np.zeros(len(ratings))
    strength = labels.column("strength").fill_null(0.0).to_numpy()[kept]
    if len(strength) == 0 or np.ptp(strength) == 0:
        return narrow
    ordered = np.sort(strength)
    below = np.searchsorted(ordered, strength, "left") + np.searchsorted(ordered, strength, "right")
    np.maximum.at(narrow, labels.column("pair").to_numpy()[kept], 1.0 - below / (2.0 * len(strength)))
    return narrow


def style_distance(ratings: Ratings) -> NDArray[np.float64]:
    """float64 [pairs], how far the two responses differ in style: standardised differences, as one distance."""
    style = ratings.style
    spread = style.std(axis=0)
    return np.asarray(np.sqrt(np.square(style[:, spread > 0] / spread[spread > 0]).sum(axis=1)))


def _strata(ratings: Ratings, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 [n], which two authors, whatever their order."""
    authors = np.sort(ratings.author[rows], axis=1)
    return np.unique(authors, axis=0, return_inverse=True)[1].reshape(-1)


def write_sample(sample: Sequence[Mapping[str, Any]], path: str | Path) -> None:
    """Write pairs to be labelled, one JSON object a line: `label` is to become a, b or tie, `annotator` a name.

    Raises:
        OutputError: The file cannot be written.
    """
    write_text_atomic(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in sample))


def read_chances(path: str | Path) -> dict[str, float]:
    """With which chance each pair of a written sample was drawn and labelled, by the hash of the pair.

    Where only some were labelled, they are taken to be any of those drawn.

    Raises:
        InputError: The file cannot be read, or a row has no such chance.
    """
    chances = {}
    answered = 0
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot be read ({error})", where=str(path), do="Give the file that --label-next wrote"
        ) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            chance = float(row[CHANCE])
            digest = identify(row.get("prompt"), row["response_a"], row["response_b"]).pair_hash
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unweighed(path, number) from error
        if not 0 < chance <= 1:
            raise _unweighed(path, number)
        chances[digest] = chance
        answered += row.get("label") not in (None, "")
    return {digest: chance * answered / len(chances) for digest, chance in chances.items()}


def _unweighed(path: str | Path, number: int) -> InputError:
    return InputError(
        f"the row has no {CHANCE} between 0 and 1, or no two responses",
        where=f"{path}:{number}",
        do="Fill in label and annotator of the file that --label-next wrote, and leave the rest as it is; "
        "labels of other pairs belong to --anchor",
    )
