"""The demo: a model is trained on human text, retrained on its own output, and every generation is audited.

Nothing is simulated by hand: the model is really trained, its samples are the next training set, and every figure
comes from the audit. Decoding with top-p below 1, as most generators do, is what makes the tail go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from holdfast.anchors import freeze
from holdfast.audits import audit
from holdfast.audits.worth import number
from holdfast.lab.docstrings import read_docstrings
from holdfast.lab.ngram import NgramModel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from holdfast.audits import Audit

TOP_P = 0.95
TEMPERATURE = 0.9
FRESH = 0.3
"""Share of the human rows kept out of the anchor: new real rows, to show what the audit says of reality itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo found.

    Attributes:
        rows: Rows in each generation.
        strata: Modules in the human text.
        audits: By name: `reality` (fresh human rows) and `generation_1` and so on.
    """

    rows: int
    strata: int
    audits: dict[str, Audit]

    def table(self) -> str:
        """One line per audit: verdict, worth in real rows, strata lost, variety kept, rows repeated."""
        lines = [
            f"{self.rows:,} rows a generation, {self.strata} modules of the standard library as strata",
            "",
            f"{'':<15}{'verdict':<14}{'worth in real rows':>20}{'strata lost':>13}{'rarest tenth kept':>20}{'repeated rows':>16}",
        ]
        for name, found in self.audits.items():
            retention, repeats = (found.outcome(m).reading for m in ("band_retention", "near_duplicates"))
            lines.append(
                f"{name.replace('_', ' '):<15}{found.verdict.upper():<14}"
                f"{number(found.worth['headline']) if found.worth else '?':>20}{len(found.lost):>13}"
                f"{f'{100 * retention.value:.0f} %' if retention else '?':>20}"
                f"{f'{100 * repeats.value:.1f} %' if repeats else '?':>16}"
            )
        first = next((name for name, found in self.audits.items() if found.verdict == "fail"), None)
        if first:
            lines += ["", f"{first.replace('_', ' ')}: {self.audits[first].sentence}"]
        return "\n".join(lines)


def run(
    folder: Path,
    *,
    generations: int,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Demo:
    """Run the demo.

    Args:
        folder: An existing folder; the anchor and every generation are written into it.
        generations: Times the model is retrained on its own output.
        seed: Seed of the split, the samples and the audits.
        progress: Called with a word about what is done next.
    """
    rng = np.random.default_rng(seed)
    progress("reading the documentation of the standard library")
    rows = read_docstrings()
    order = rng.permutation(len(rows))
    fresh = [rows[i] for i in order[: int(FRESH * len(rows))]]
    human = [rows[i] for i in order[int(FRESH * len(rows)) :]]
    _write(folder / "human.jsonl", human)
    _write(folder / "reality.jsonl", fresh)
    progress("freezing the anchor")
    anchor = freeze(folder / "human.jsonl", output=folder / "anchor", label="module", gold=0.05, holdout=0.05)
    audits = {}
    progress("auditing fresh human rows")
    audits["reality"] = audit(folder / "reality.jsonl", anchor=anchor, seed=seed)
    texts, tags = [row["text"] for row in human], [row["module"] for row in human]
    size = len(fresh)
    for generation in range(1, generations + 1):
        name = f"generation_{generation}"
        progress(f"generation {generation}: training on {len(texts):,} rows and sampling")
        model = NgramModel.train(texts, tags=tags)
        samples = model.sample_labelled(len(human), rng=rng, temperature=TEMPERATURE, top_p=TOP_P)
        tags, texts = [tag for tag, _ in samples], [text for _, text in samples]
        _write(
            folder / f"{name}.jsonl",
            [
                {"id": f"{name}:{i}", "text": text, "module": tag}
                for i, (tag, text) in enumerate(samples[:size])
                if text.strip()
            ],
        )
        progress(f"generation {generation}: auditing")
        audits[name] = audit(folder / f"{name}.jsonl", anchor=anchor, seed=seed)
    return Demo(rows=size, strata=len({row["module"] for row in human}), audits=audits)


def _write(path: Path, rows: Sequence[dict[str, str]]) -> None:
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
