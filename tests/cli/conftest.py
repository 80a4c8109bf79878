"""The command line, run as a user would."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import world
from holdfast.cli import run

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def say(capsysbinary) -> Callable[..., world.Said]:
    """Runs the command line in this process."""

    def go(*arguments: str) -> world.Said:
        capsysbinary.readouterr()
        code = run(list(arguments))
        out, err = capsysbinary.readouterr()
        return world.Said(code=code, out=out.decode(), err=err.decode())

    return go


@pytest.fixture(scope="session")
def place(tmp_path_factory) -> Path:
    """A folder with real rows, candidates and an anchor, which no test may change."""
    folder = tmp_path_factory.mktemp("world")
    world.write(folder / "real.jsonl", world.rows(800, seed=1))
    world.write(folder / "good.jsonl", world.rows(400, seed=2))
    world.write(folder / "lossy.jsonl", world.rows(400, seed=3, shares=(4, 3, 0, 0)))
    world.write(folder / "one.jsonl", world.rows(1, seed=4))
    assert run(["anchor", "freeze", str(folder / "real.jsonl"), "-o", str(folder / "anchor"), "--quiet"]) == 0
    return folder


@pytest.fixture(scope="session")
def real(place) -> str:
    return str(place / "real.jsonl")


@pytest.fixture(scope="session")
def good(place) -> str:
    return str(place / "good.jsonl")


@pytest.fixture(scope="session")
def lossy(place) -> str:
    return str(place / "lossy.jsonl")


@pytest.fixture(scope="session")
def anchor(place) -> str:
    return str(place / "anchor")
