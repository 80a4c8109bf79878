"""A small world with four intents, and ways to run the command line in it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SOURCE = Path(__file__).parents[2] / "src"
INTENTS = {
    "balance": ("balance", "account", "savings", "available", "current"),
    "card": ("card", "lost", "stolen", "wallet", "blocked"),
    "transfer": ("transfer", "recipient", "wire", "iban", "sent"),
    "loan": ("loan", "mortgage", "interest", "rate", "borrowed"),
}
WHO = ("I", "we", "my wife", "my friend Anna", "my brother", "our office", "grandma")
WISH = ("want to see", "cannot find", "need to change", "would like to stop", "have to explain", "must check")
WHEN = ("today", "please", "again", "before Friday", "on my phone", "at the branch", "by letter", "quickly")

Row = dict[str, Any]
QUICK = ("--quiet", "--draws", "1199")
"""For audits of which only the outcome counts."""


def rows(count: int, *, seed: int, shares: Sequence[float] = (4, 3, 2, 2), prefix: str = "r") -> list[Row]:
    """Rows of a world; the same seed gives the same rows."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    made = []
    for number, intent in enumerate(rng.choices(list(INTENTS), shares, k=count)):
        nouns = rng.sample(INTENTS[intent], 2)
        text = (
            f"{rng.choice(WHO)} {rng.choice(WISH)} the {nouns[0]} {nouns[1]} {rng.choice(WHEN)}, "
            f"case {rng.randrange(10**6)} {rng.choice(WHEN)}"
        )
        made.append({"id": f"{prefix}{seed}-{number}", "text": text, "intent": intent})
    return made


def write(path: Path, made: Iterable[Any]) -> str:
    """Write JSON Lines; the path as the command line wants it."""
    path.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    return str(path)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a run said, and its exit code."""

    code: int
    out: str
    err: str


def spawn(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None, **options: Any) -> Said:
    """Run the command line in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command(*arguments),
        cwd=cwd,
        env=environment(env),
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        **options,
    )
    return Said(code=done.returncode, out=done.stdout, err=done.stderr)


def command(*arguments: str) -> list[str]:
    """The command line as a process."""
    return [sys.executable, "-m", "holdfast", *arguments]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of such a process."""
    return {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8", **(more or {})}


def names(folder: Path) -> list[str]:
    """What lies in a folder, hidden files included."""
    return sorted(path.name for path in folder.iterdir())
