"""What holdfast reads on the same pairs: real-equivalent rows per row of the set, by each of its parts.

    HOLDFAST_REAL_DATA=folder python -m agreement.ours   # writes ours.json; pairs in it are not read again

coverage     how close the set comes to unseen real rows
language     what an n-gram model learns from it about the order of words
labels       what naive Bayes learns from it about labels
headline     the smallest of the three, as an audit with labels gives it

The whole anchor is read, not `n_used` rows of it: a worth is found on the curve of reality, and an audit has all of it.
A learner that cannot tell gives no reading; the headline is then the others'.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agreement.readings import OUT, read_sets
from holdfast.measures.worth.coverage import Bench, cover
from holdfast.measures.worth.estimate import smallest_of
from holdfast.measures.worth.labels import Labels
from holdfast.measures.worth.learners import Language
from holdfast.measures.worth.learning import learn
from holdfast.views.closeness import read_likeness
from holdfast.views.compare import compare
from holdfast.views.label_lessons import LabelLessons
from holdfast.views.likeness import JUDGES
from holdfast.views.reading import read_view
from holdfast.views.reality import Rows, read_reality
from holdfast.views.word_lessons import WordLessons

if TYPE_CHECKING:
    from agreement.tasks import Row


def rows_of(side: str, rows: list[Row]) -> Rows:
    """Labelled rows as holdfast takes them."""
    return Rows(
        ids=[f"{side}:{i}" for i in range(len(rows))],
        texts=[row.text for row in rows],
        strata=[row.label for row in rows],
    )


def worths(anchor: list[Row], candidate: list[Row]) -> dict[str, float]:
    """Each part's reading, per row of the candidate."""
    rng = np.random.default_rng(0)
    reality = read_reality(rows_of("anchor", anchor), labelled_candidate=True)
    sides = compare(reality, rows_of("candidate", candidate))
    judges = np.sort(rng.permutation(len(anchor))[:JUDGES])
    bench = Bench(judges=np.arange(len(judges)))
    likeness, _ = read_likeness(sides, judges)
    found = {"coverage": cover(likeness, [bench], len(candidate))}
    language = Language(sides, read_view(sides, WordLessons(entropy=(0,))))
    for learner in (language, Labels(sides, read_view(sides, LabelLessons(salt=0)))):
        learnt = learn(sides, learner, rng)
        if learnt is not None:
            found[learner.name] = learnt
    worth = {name: reading.worth for name, reading in found.items()}
    worth["headline"] = smallest_of(found).worth
    return {name: one.rows / len(candidate) for name, one in worth.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--output", type=Path, default=OUT / "ours.json")
    options = parser.parse_args()
    read_sets(worths, options.output, whole_anchor=True, only=options.only)


if __name__ == "__main__":
    main()
