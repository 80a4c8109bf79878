"""A world: real rows, dealt once, so that whoever learns, whoever steers and whoever examines never share a row by mistake.

`origin` is what generation 0 is trained on. `at_hand` is the part of it that a protocol still has in later generations: real rows are
scarce, or nobody would train on made ones. `anchor` are the rows reality is frozen from; of these the product itself deals which steer,
and those are what is at hand. `exam` is sealed: it is read for the figure, by nobody who goes round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from holdfast.anchors import freeze
from holdfast.cycles.project.project import init, open_project
from holdfast.cycles.stages.parts import deal
from holdfast.data.lineage import Declared, tag
from holdfast.data.lineage.sidecar import sidecar_of, write_lineage
from holdfast.errors import UsageError
from holdfast.lab.bench.pools import rarest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from holdfast.lab.bench.corpus import Corpus, Row

REAL_SHARE = 0.3
"""At most this share of a generation's rows is real, once the loop goes round."""
ANCHOR = "anchor"
_STEERING = 0.285
"""Of `size`: what is expected to steer. The product deals by content, so it varies."""
_LEAST_STEERING = 0.2
JUDGE_SHARE = 0.4
HOLDOUT = 0.15
_EXAM_SHARE = 0.25
_EXAM_ROWS = 30
_EXAM_TOTAL = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Real rows, dealt.

    Attributes:
        name: Of the corpus.
        origin: What generation 0 is trained on.
        at_hand: Real rows that stay at hand: a part of `origin`, at most three tenths of it.
        judges: Real rows of the anchor that judge, and that no generation is trained on.
        exam: Sealed rows, by stratum and not by share.
        shares: The share of every stratum in reality.
        folder: Where the frozen anchor lies, in `anchor`.
    """

    name: str
    origin: tuple[Row, ...]
    at_hand: tuple[Row, ...]
    judges: tuple[Row, ...]
    exam: tuple[Row, ...]
    shares: Mapping[str, float]
    folder: Path

    @property
    def size(self) -> int:
        """Rows of every generation."""
        return len(self.origin)

    @property
    def labelled(self) -> bool:
        """Whether its rows have labels."""
        return len(self.shares) > 1

    @property
    def rare(self) -> tuple[str, ...]:
        """The rarest third of its strata; none where there is only one."""
        return rarest(self.shares)


def deal_world(
    corpus: Corpus, *, size: int, folder: Path, seed: int, tail: float | None = 0.5, holdout: float = HOLDOUT
) -> World:
    """Deals a world, and freezes its anchor.

    Args:
        corpus: Real rows.
        size: Rows of every generation.
        folder: A new or empty folder for the anchor.
        seed: Of the deal.
        tail: Strata, in random order, get shares in proportion to rank to the minus this power, as far as there are rows; None leaves
            them as frequent as they are.
        holdout: Share of the anchor that no cycle sees but its gates.

    Raises:
        UsageError: The corpus is too small.
    """
    rng = np.random.default_rng([seed, size])
    exam, left = _split_exam(corpus, rng)
    of_anchor = round(size * _STEERING / (1 - JUDGE_SHARE) / (1 - holdout))
    elsewhere = size - int(size * _LEAST_STEERING)
    names = list(left)
    held = np.array([len(left[name]) for name in names])
    if int(held.sum()) < of_anchor + elsewhere:
        raise UsageError(
            f"a world of {size:,} rows takes {of_anchor + elsewhere:,} beside its exam, and there are {int(held.sum()):,}",
            where=corpus.name,
            do=f"Ask for at most {int(size * held.sum() / (of_anchor + elsewhere)):,} rows a generation",
        )
    counts = _counts(held, of_anchor + elsewhere, tail if corpus.labelled else None, rng)
    drawn = [
        left[name][at] for name, count in zip(names, counts.tolist(), strict=True) for at in range(count)
    ]
    order = rng.permutation(len(drawn))
    anchor, rest = [drawn[at] for at in order[:of_anchor]], [drawn[at] for at in order[of_anchor:]]
    steering, judging = _freeze(anchor, folder, holdout, labelled=corpus.labelled)
    # Where more rows steer than may be mixed in, the rest steers only.
    at_hand = [row for row in anchor if row.id in steering][: int(size * REAL_SHARE)]
    origin = [*at_hand, *rest][:size]
    if len(origin) < size:
        raise UsageError(
            f"of {len(anchor):,} anchor rows {len(at_hand):,} steer, which does not fit {size:,} rows a generation",
            where=corpus.name,
            do="Take another seed, or more rows",
        )
    total = counts.sum()
    return World(
        name=corpus.name,
        origin=tuple(origin),
        at_hand=tuple(at_hand),
        judges=tuple(row for row in anchor if row.id in judging),
        exam=tuple(exam),
        shares={name: count / total for name, count in zip(names, counts.tolist(), strict=True) if count},
        folder=folder,
    )


def _split_exam(corpus: Corpus, rng: np.random.Generator) -> tuple[list[Row], dict[str, list[Row]]]:
    """Exam rows, and the others by stratum in random order. No text stands on both sides."""
    most = max(_EXAM_ROWS, _EXAM_TOTAL // len(corpus.by_stratum))
    exam: list[Row] = []
    left: dict[str, list[Row]] = {}
    for stratum, rows in corpus.by_stratum.items():
        order = [rows[at] for at in rng.permutation(len(rows))]
        cut = min(int(len(order) * _EXAM_SHARE), most) if corpus.labelled else int(len(order) * _EXAM_SHARE)
        exam += order[:cut]
        left[stratum] = order[cut:]
    seen = {row.text for row in exam}
    # A text that the exam has too would be known by heart.
    return exam, {name: [row for row in rows if row.text not in seen] for name, rows in left.items()}


def _counts(
    held: NDArray[np.int64], rows: int, tail: float | None, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Rows of each stratum: by rank to the minus `tail`, and no more than there are."""
    from holdfast.remedies.curate.select import fill

    if tail is None:
        return fill(held.astype(np.float64), held, rows)
    ranks = np.empty(len(held))
    ranks[rng.permutation(len(held))] = np.arange(1, len(held) + 1)
    return fill(ranks**-tail, held, rows)


def _freeze(
    rows: Sequence[Row], folder: Path, holdout: float, *, labelled: bool
) -> tuple[set[str], set[str]]:
    """Freezes the anchor; ids of its rows that steer, and of those that judge."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "real.jsonl"
    write_rows(file, rows, source_type="human")
    label = "label" if labelled else None
    freeze(file, output=folder / ANCHOR, text="text", label=label, id="id", gold=0.0, holdout=holdout)
    recipe = init(folder / "deal", anchor=folder / ANCHOR)
    recipe.write_text(_DEAL, encoding="utf-8")
    with open_project(folder / "deal") as project:
        parts = deal(project, project.recipe)
        lines = parts.steering.read_bytes().splitlines()
        judging = {str(row["id"]) for part in range(1, parts.number + 1) for row in parts.judging(part)}
    return {str(msgspec.json.decode(line)["id"]) for line in lines}, judging


def write_rows(path: Path, rows: Sequence[Row], *, source_type: str, depth: int = 0) -> None:
    """Writes rows as JSON Lines, with their lineage beside them."""
    lines = [
        {"id": row.id, "text": row.text} | ({} if row.label is None else {"label": row.label}) for row in rows
    ]
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    declared = Declared(source_type=source_type, generation_depth=depth)
    write_lineage(tag(path, declared=declared).table, sidecar_of(path))


_DEAL = f"""\
anchor = "../{ANCHOR}"

[judge]
share = {JUDGE_SHARE}
parts = 1

[generate]
rows = 1

[blend]
rows = 1
[[blend.source]]
name = "made"
from = "made"
share = 1.0

[train]
command = "true"
"""
