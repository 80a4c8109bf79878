"""A project whose journal is as the loop writes it."""

import sys
from pathlib import Path

import pytest

for place in (Path(__file__).parents[1], Path(__file__).parents[2] / "cycles"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from journals import open_journal, to_the_data_gate, write_evaluation  # noqa: E402 - the path above makes it importable


@pytest.fixture
def project(tmp_path):
    """A folder with a journal up to the data gate of its first cycle, and the evaluation that will come."""
    folder = tmp_path / "loop"
    folder.mkdir()
    journal = open_journal(folder)
    to_the_data_gate(journal)
    journal.close()
    write_evaluation(folder)
    return folder
