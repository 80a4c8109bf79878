"""What hardly looks at the rows at all would read: a reading that does not beat these has found nothing.

    HOLDFAST_REAL_DATA=folder python -m agreement.trivial   # writes trivial.json; pairs in it are not read again

label_shares  total variation between the label shares of the set and of the anchor, better when smaller
mean_words    words per row of the set
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from agreement.readings import OUT, read_tasks
from agreement.tasks import words

if TYPE_CHECKING:
    from agreement.tasks import Row, Task


def trivial(task: Task, anchor: list[Row], rows: list[Row]) -> dict[str, float]:
    """Both readings."""
    real, made = (Counter(row.label for row in side) for side in (anchor, rows))
    apart = sum(abs(real[label] / len(anchor) - made[label] / len(rows)) for label in real | made)
    return {
        "label_shares": apart / 2,
        "mean_words": sum(len(words(row.text, task.script)) for row in rows) / len(rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--output", type=Path, default=OUT / "trivial.json")
    options = parser.parse_args()
    read_tasks(trivial, options.output, only=options.only)


if __name__ == "__main__":
    main()
