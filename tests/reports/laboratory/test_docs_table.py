"""The table of the documentation is that of the run it speaks of."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
RESULTS = (ROOT / "benchmarks" / "results" / "laboratory.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "laboratory.md").read_text(encoding="utf-8")


def cells(line):
    return [cell.strip() for cell in line.strip("| ").split(" | ")]


def measured():
    """What came out, by experiment: expected, measured and whether it holds."""
    found = {}
    for section in RESULTS.split("\n## ")[1:]:
        name = section.partition(":")[0]
        if not re.fullmatch(r"L\d+", name):
            continue
        lines = [cells(line) for line in section.splitlines() if line.startswith("| ")]
        found[name] = [
            (row[1], row[2], row[4])
            for row in lines
            if len(row) == 5 and row[1] != "expected" and row[1] != "---"
        ]
    return found


def test_every_number_of_the_table_is_measured():
    found = measured()
    table = PAGE.partition("## What came out")[2].partition("\n## ")[0]
    rows = [cells(line) for line in table.splitlines() if re.match(r"\| L\d+ ", line)]
    assert {row[0] for row in rows} == {f"L{number}" for number in range(1, 18)} == set(found)
    for name, said, *numbers in rows:
        assert tuple(numbers) in found[name], (name, said)


def test_the_count_of_numbers_is_that_of_the_run():
    rows = [row for rows in measured().values() for row in rows]
    said = re.search(r"(\d+) experiments, (\d+) numbers, of\s+which (\d+)\s+hold", PAGE)
    assert said
    assert [int(number) for number in said.groups()] == [
        len(measured()),
        len(rows),
        sum(row[2] == "holds" for row in rows),
    ]


def test_what_did_not_come_out_is_told():
    told = PAGE.partition("## What came out")[2].partition("\n## ")[0]
    for name, rows in measured().items():
        wrong = [row for row in rows if row[2] != "holds"]
        shown = [
            line
            for line in told.splitlines()
            if line.startswith(f"| {name} |") and "**does not hold**" in line
        ]
        assert len(shown) == len(wrong), name
