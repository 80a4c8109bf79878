"""What others would read on the same pairs: anchor rows and as many rows of the set, no test rows.

    HOLDFAST_REAL_DATA=folder python -m agreement.peers           # writes peers.json; pairs in it are not read again
    HOLDFAST_REAL_DATA=folder python -m agreement.peers --joint   # writes peers_joint.json

distinct2        share of distinct word pairs, over the anchor's; both at the same number of words
vocabulary       share of the anchor's words that the set has
c2st_auc         how well five-fold cross-validated TF-IDF + logistic regression tells the sides apart
mauve, vendi, coverage, recall   mauve-text, vendi-score (ratio to the anchor), prdc (k = 5), with their defaults, on
                 word 1-2-gram TF-IDF (min_df 2), SVD 64, L2, fitted on the anchor; with --joint on both sides, which
                 is fairer to them: fitted on the anchor, fresh real rows read as less diverse (Vendi .54 to .92)

Needs scikit-learn, mauve-text, prdc and vendi-score, in an environment of its own: README.md says why.
"""

from __future__ import annotations

import argparse
import contextlib
import io
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mauve
import numpy as np
from prdc import compute_prdc
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from vendi_score import vendi

from agreement.readings import OUT, read_tasks
from agreement.tasks import words

if TYPE_CHECKING:
    from agreement import tasks

DIMENSIONS = 64


def view(script: str) -> dict[str, Any]:
    """How the vectoriser cuts words; as in measure.py."""
    if script == "unspaced":
        return {"ngram_range": (1, 4), "analyzer": "char"}
    return {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}


def distinct2(rows: list[list[str]], budget: int) -> float:
    """Share of distinct word pairs among the first `budget` words; pairs do not cross rows."""
    pairs: list[tuple[str, str]] = []
    for row in rows:
        cut = row[:budget]
        budget -= len(cut)
        pairs += pairwise(cut)
    return len(set(pairs)) / len(pairs)


def c2st(anchor: list[str], candidate: list[str], script: str) -> float:
    """Area under the curve, mean of five folds."""
    model = make_pipeline(
        TfidfVectorizer(sublinear_tf=True, **view(script)), LogisticRegression(C=10, max_iter=1_000)
    )
    sides = np.repeat([0, 1], [len(anchor), len(candidate)])
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return float(cross_val_score(model, anchor + candidate, sides, cv=folds, scoring="roc_auc").mean())


def surface(task: tasks.Task, anchor: list[tasks.Row], rows: list[tasks.Row]) -> dict[str, float]:
    """Readings of words and of a classifier."""
    texts, others = [row.text for row in anchor], [row.text for row in rows]
    cut, cuts = ([words(text, task.script) for text in side] for side in (texts, others))
    budget = min(sum(map(len, cut)), sum(map(len, cuts)))
    known, had = ({word for row in side for word in row} for side in (cut, cuts))
    return {
        "distinct2": distinct2(cuts, budget) / distinct2(cut, budget),
        "vocabulary": len(known & had) / len(known),
        "c2st_auc": c2st(texts, others, task.script),
    }


def embedded(
    task: tasks.Task, anchor: list[tasks.Row], rows: list[tasks.Row], *, joint: bool
) -> dict[str, float]:
    """Readings of vectors, fitted on the anchor or on both sides."""
    texts, others = [row.text for row in anchor], [row.text for row in rows]
    features = make_pipeline(
        TfidfVectorizer(min_df=2, **view(task.script)),
        TruncatedSVD(DIMENSIONS, random_state=0),
        Normalizer(),
    )
    features.fit(texts + others if joint else texts)
    x, y = features.transform(texts), features.transform(others)
    with contextlib.redirect_stdout(io.StringIO()):
        balls = compute_prdc(real_features=x, fake_features=y, nearest_k=5)
    found = {
        "mauve": mauve.compute_mauve(p_features=x, q_features=y, seed=25, verbose=False).mauve,
        "vendi": vendi.score_dual(y) / vendi.score_dual(x),
        "coverage": balls["coverage"],
        "recall": balls["recall"],
    }
    return {f"{name}_joint" if joint else name: float(value) for name, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--output", type=Path, help="default: peers.json or peers_joint.json")
    parser.add_argument("--joint", action="store_true", help="vectors alone, fitted on both sides")
    options = parser.parse_args()
    output = options.output or OUT / ("peers_joint.json" if options.joint else "peers.json")
    if options.joint:
        read_tasks(partial(embedded, joint=True), output, only=options.only)
        return
    read_tasks(lambda *pair: surface(*pair) | embedded(*pair, joint=False), output, only=options.only)


if __name__ == "__main__":
    main()
