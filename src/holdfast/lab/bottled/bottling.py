"""Bottling: the user's rows go round under every protocol that is asked for; what was read once is not read again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from holdfast.lab.bottled.dealing import deal, prepare
from holdfast.lab.bottled.examples import Example, answer, pick
from holdfast.lab.bottled.foretelling import advise, count_rows, foretell, group_strata, survive
from holdfast.lab.bottled.once import Once
from holdfast.lab.bottled.setting import MANAGED, foretold_as, key_of, learner_for, protocol_of
from holdfast.lab.bottled.store import Line, keep_lines, read_lines
from holdfast.lab.collapse.generation import Scene
from holdfast.lab.collapse.readings import Examiner
from holdfast.lab.collapse.running import recur

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdfast.lab.bench.corpus import Corpus
    from holdfast.lab.bottled.foretelling import Foretold, Group
    from holdfast.lab.bottled.setting import Setting
    from holdfast.lab.collapse.running import Told
    from holdfast.lab.collapse.world import World
    from holdfast.lab.learners.learner import Learner


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What became of the rows under one protocol.

    Attributes:
        protocol: Its name, as asked for.
        title: What tables call it, its settings included.
        lines: Its generations, from 0.
        foretold: What the planner expected of each group after generation 1; None where it had no formula or nothing to go by.
        advice: What `holdfast plan` said after generation 1.
    """

    protocol: str
    title: str
    lines: tuple[Line, ...]
    foretold: tuple[Foretold, ...] | None
    advice: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottle:
    """What became of the user's rows.

    Attributes:
        corpus: All real rows.
        setting: What was asked.
        world: How the rows were dealt.
        learner: Who learnt, its settings included.
        groups: Strata that are followed as one; none without labels.
        courses: One for each protocol.
        examples: Real rows that models were asked for the like of.
    """

    corpus: Corpus
    setting: Setting
    world: World
    learner: str
    groups: tuple[Group, ...]
    courses: tuple[Course, ...]
    examples: tuple[Example, ...]


def bottle(
    corpus: Corpus,
    setting: Setting,
    *,
    folder: Path,
    store: Path | None = None,
    where: str = "--real",
    progress: Callable[[str], None] = lambda _: None,
) -> Bottle:
    """Lets models learn from real rows, then from what models wrote, under one protocol after the other.

    Args:
        corpus: Real rows.
        setting: What is asked.
        folder: An empty folder to work in; nothing in it is needed afterwards.
        store: A file that keeps every generation as soon as it was read. What it holds of the same setting is not done again; a
            protocol that is not there to its end starts over.
        where: What errors call the rows.
        progress: Called with a word about what is done next.

    Raises:
        InputError: There are too few rows.
        UsageError: Something is asked that cannot be.
        MissingExtra: The learner needs packages that are not installed.
        OutputError: The store could not be written.
    """
    setting.check()
    prepared = prepare(corpus, rows=setting.rows, seed=setting.seed)
    progress("dealing the rows")
    world = deal(prepared, rows=setting.rows, folder=folder / "world", seed=setting.seed, where=where)
    learner = learner_for(setting.learner, [row.text for row in world.origin])
    shelf = _Shelf(store=store, lines=read_lines(store))
    circuit = _Circuit(
        setting=setting,
        world=world,
        digest=prepared.digest,
        learner=learner,
        once=Once(learner=learner),
        examiner=Examiner(world=world),
        examples=pick(world, seed=setting.seed),
        folder=folder,
        shelf=shelf,
        progress=progress,
    )
    groups = group_strata(world) if world.labelled else ()
    courses = []
    for name in dict.fromkeys(setting.protocols):
        lines = shelf.get(circuit.key(name), setting.generations) or circuit.run(name)
        first = lines[1]
        real_share = first.reading.real / first.reading.rows
        courses.append(
            Course(
                protocol=name,
                title=_title(name, first.reading.real, first.reading.rows),
                lines=lines,
                foretold=foretell(
                    name,
                    first.survived,
                    groups,
                    real_share=real_share,
                    generations=setting.generations,
                    seed=setting.seed,
                ),
                advice=advise(name, first.survived, generations=setting.generations, seed=setting.seed),
            )
        )
    return Bottle(
        corpus=prepared,
        setting=setting,
        world=world,
        learner=learner.name,
        groups=groups,
        courses=tuple(courses),
        examples=circuit.examples,
    )


def _title(name: str, real: int, rows: int) -> str:
    """What tables call a protocol, with the share that was really mixed in."""
    return f"mix {100 * real / rows:.0f} %" if name == "mix" else name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """The store, and what it holds.

    Attributes:
        store: The file, if there is one.
        lines: Its lines, by key and generation.
    """

    store: Path | None
    lines: dict[tuple[str, int], Line]

    def get(self, key: str, generations: int) -> tuple[Line, ...] | None:
        """A protocol's generations, if all of them are there."""
        wanted = [(key, generation) for generation in range(generations + 1)]
        return tuple(self.lines[one] for one in wanted) if all(one in self.lines for one in wanted) else None

    def put(self, line: Line) -> None:
        """Keeps a generation at once."""
        self.lines[line.key, line.reading.generation] = line
        if self.store is not None:
            keep_lines(self.store, self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Circuit:
    """What protocols share: world, learner and examiner."""

    setting: Setting
    world: World
    digest: str
    learner: Learner
    once: Once
    examiner: Examiner
    examples: tuple[Example, ...]
    folder: Path
    shelf: _Shelf
    progress: Callable[[str], None]

    def key(self, name: str) -> str:
        """What a protocol's lines are kept under."""
        return key_of(name, self.setting, digest=self.digest, rows=self.world.size, learner=self.learner)

    def run(self, name: str) -> tuple[Line, ...]:
        """Follows one protocol to its end."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        scene = Scene(
            world=self.world,
            # The managed loop keeps models in files, and asks what kind of learner it has.
            learner=self.learner if name == MANAGED else self.once,
            decoding=self.setting.decoding,
            seed=self.setting.seed,
            folder=folder,
            progress=self.progress,
        )
        generations = self.setting.generations
        start = self._start(name)
        # Generation 0 is the same for all: audited once.
        audited = range(1 if start is not None else 0, generations + 1) if self.setting.audited else ()
        told = recur(
            scene,
            protocol_of(name, self.setting),
            generations=generations,
            audited=audited,
            examiner=self.examiner,
        )
        return tuple(self._line(scene, name, one, start) for one in told)

    def _start(self, name: str) -> Line | None:
        """Generation 0, as another protocol has read it."""
        for other in self.setting.protocols:
            if other != name and (self.key(other), 0) in self.shelf.lines:
                return self.shelf.lines[self.key(other), 0]
        return None

    def _line(self, scene: Scene, name: str, told: Told, start: Line | None) -> Line:
        """Reads off a generation, and keeps it."""
        reading = told.reading
        if reading.generation == 0 and start is not None:
            reading = replace(reading, worth=start.reading.worth)
        counts = count_rows(told.rows) if self.world.labelled else {}
        survived = None
        if reading.generation == 1 and foretold_as(name) is not None:
            self.progress("what the planner would see")
            survived = survive(self.world, told.rows, seed=self.setting.seed)
        line = Line(
            key=self.key(name),
            reading=reading,
            counts=counts,
            examples=answer(scene, self.examples, told.model, counts, reading.generation),
            survived=survived,
        )
        self.shelf.put(line)
        return line
