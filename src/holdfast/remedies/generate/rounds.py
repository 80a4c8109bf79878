"""Rounds on disk: what a long run has done so far, kept beside its output until that stands.

.NAME.unfinished/<run>/
├── answers.sqlite     every answer, and every request that was sent
└── round-001.json     a round that ended: read by a resumed run, never made again

A round is written whole after all its answers are in. One that was under way is made again from the answers that are there: the same rows
are drawn, so the same requests are known.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping  # noqa: TC003 - rounds are read back by these types
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import msgspec

from holdfast.data.write import write_atomic
from holdfast.errors import InputError, OutputError
from holdfast.remedies.generate.contract import Made, Round  # noqa: TC001 - the same

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = "holdfast.round/1"
_SHORT = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered:
    """What the controller decided after a round, for the next.

    Attributes:
        shares: Share of each arm.
        temperature: Bounds that temperatures are drawn between, or None as the recipe has them.
        given_up: Strata that are not asked for any more, and why.
    """

    shares: Mapping[str, float]
    temperature: tuple[float, float] | None
    given_up: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A round that ended.

    Attributes:
        round: What happened in it.
        made: Its rows, kept or not.
        steered: What was decided for the next.
        prompts: The messages of its prompts, by their id.
    """

    round: Round
    made: tuple[Made, ...]
    steered: Steered
    prompts: Mapping[str, list[dict[str, str]]]


class Unfinished:
    """The folder of a run that has not ended.

    Args:
        output: The folder that is to be written; None keeps nothing.
        run: What the run depends on, as a digest.
    """

    def __init__(self, output: Path | None, run: str) -> None:
        self._root = None if output is None else output.parent / f".{_short(output.name)}.unfinished"
        self._folder = None if self._root is None else self._root / run.removeprefix("sha256:")[:16]

    @property
    def answers(self) -> Path | None:
        """Where answers are kept."""
        return None if self._folder is None else self._folder / "answers.sqlite"

    def begin(self) -> None:
        """Makes the folder.

        Raises:
            OutputError: It cannot be made.
        """
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"the folder of a run that goes on cannot be made: {(error.strerror or str(error)).lower()}",
                where=str(self._folder),
                do="Check that it may be written there, and that no file has its name",
            ) from error

    def read(self) -> list[Ended]:
        """Rounds that ended, in order.

        Raises:
            InputError: One cannot be read.
        """
        found: list[Ended] = []
        while self._folder is not None:
            file = self._file(len(found) + 1)
            if not file.exists():
                break
            try:
                body = msgspec.json.decode(file.read_bytes())
                if not isinstance(body, dict) or body.get("schema") != SCHEMA:
                    raise msgspec.ValidationError(f"it is no {SCHEMA}")
                ended = msgspec.convert(body, Ended)
                if ended.round.number != len(found) + 1:
                    raise msgspec.ValidationError(f"it is round {ended.round.number}")
                found.append(ended)
            except (OSError, msgspec.MsgspecError) as error:
                raise InputError(
                    f"the round cannot be read: {error}",
                    where=str(file),
                    do="Delete it: the round is made again from the answers beside it",
                ) from error
        return found

    def write(self, ended: Ended) -> None:
        """Writes a round that ended.

        Raises:
            OutputError: It cannot be written.
        """
        if self._folder is None:
            return
        body = {
            "schema": SCHEMA,
            "round": asdict(ended.round),
            "made": [asdict(made) for made in ended.made],
            "steered": asdict(ended.steered),
            "prompts": dict(ended.prompts),
        }
        with write_atomic(self._file(ended.round.number)) as handle:
            handle.write(msgspec.json.encode(body))

    def tidy(self) -> None:
        """Removes the folder of a run that came to nothing: there is nothing to go on from."""
        for folder in (self._folder, self._root):
            if folder is not None:
                with suppress(OSError):  # something lies there
                    folder.rmdir()

    def done(self) -> None:
        """Forgets everything: the output stands."""
        if self._folder is None or self._root is None:
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        with suppress(OSError):  # another run lies there
            self._root.rmdir()

    def _file(self, number: int) -> Path:
        assert self._folder is not None  # noqa: S101 - for the type checker; callers have looked
        return self._folder / f"round-{number:03d}.json"


def _short(name: str) -> str:
    return name[:_SHORT]
