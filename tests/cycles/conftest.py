"""A project to go round in, made once."""

import sys
from pathlib import Path

import pytest

_HERE = str(Path(__file__).parent)
if _HERE not in sys.path:
    sys.path.insert(0, _HERE)

from turning_world import copy_project, make_project  # noqa: E402 - the path above makes it importable

from holdfast.cycles.loop import run  # noqa: E402
from holdfast.cycles.project import open_project  # noqa: E402


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A project in which nothing has happened."""
    return make_project(tmp_path_factory.mktemp("made") / "project")


@pytest.fixture(scope="session")
def turned(made, tmp_path_factory):
    """The same after two cycles that were accepted."""
    folder = copy_project(made, tmp_path_factory.mktemp("turned") / "project")
    with open_project(folder, work=True) as project:
        found = run(project)
    assert [one.outcome for one in found] == ["accepted", "accepted"]
    return folder


@pytest.fixture
def fresh(made, tmp_path):
    """A copy of a project in which nothing has happened."""
    return copy_project(made, tmp_path / "project")


@pytest.fixture
def after(turned, tmp_path):
    """A copy of a project after two cycles."""
    return copy_project(turned, tmp_path / "project")
