"""Plan: everything that is to be tried on everything, as a list of jobs that know their own name."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data import canonical_json
from holdfast.errors import UsageError
from holdfast.lab.bench.detectors import DETECTORS
from holdfast.lab.bench.instance import SEVERITIES, name_of
from holdfast.lab.bench.scenarios import SCENARIOS, FreshReal
from holdfast.lab.bench.store import TRUTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdfast.lab.bench.corpus import Corpus
    from holdfast.lab.bench.detectors.detector import Detector
    from holdfast.lab.bench.instance import Scenario

BENCH_VERSION = 1
"""Raised whenever pools or truths change: old entries are then as if they were not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One instance: where, what, how much, which draw.

    Attributes:
        corpus: Place of the corpus in the plan.
        digest: Its digest.
        size: Rows of the candidate.
        anchor: Rows of the anchor.
        exponent: Of the long tail; see `deal_pools`.
        seed: Number of the draw.
        scenario: What is planted.
        severity: How much of it.
    """

    corpus: int
    digest: str
    size: int
    anchor: int
    exponent: float | None
    seed: int
    scenario: Scenario
    severity: float

    @property
    def world(self) -> list[Any]:
        """What decides the pools."""
        return [BENCH_VERSION, self.digest, self.size, self.anchor, self.exponent, self.seed]

    @property
    def world_id(self) -> str:
        """A name for the world, the same for every draw of it."""
        return sha256(canonical_json(self.world[:-1])).hexdigest()[:16]

    @property
    def planted(self) -> list[Any]:
        """What decides the instance."""
        return [
            *self.world,
            name_of(self.scenario),
            repr(self.scenario),
            self.scenario.version,
            self.severity,
        ]

    def key(self, part: str) -> str:
        """`sha256:...` of a job: the instance, and what is done with it."""
        return "sha256:" + sha256(canonical_json([*self.planted, part])).hexdigest()


def stream(*parts: Any) -> np.random.Generator:
    """A stream of randomness that these values decide, in any process and any order."""
    digest = sha256(canonical_json(list(parts))).digest()
    return np.random.default_rng(np.frombuffer(digest, "<u4"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is tried on what.

    Attributes:
        corpora: The worlds.
        scenarios: What is planted.
        severities: How much of it.
        sizes: Rows of the candidates.
        seeds: Draws of every instance.
        nulls: Draws in which nothing is planted, for false alarms and measured thresholds; 1,000 for a threshold at
            one in a hundred that is worth the name.
        detectors: What is on trial.
        anchor: Rows of the anchor; as many as the candidate where not given.
        exponent: Of the long tail; see `deal_pools`.
        truths: Whether truths are measured, too.
    """

    corpora: tuple[Corpus, ...]
    scenarios: tuple[Scenario, ...] = SCENARIOS
    severities: tuple[float, ...] = SEVERITIES
    sizes: tuple[int, ...] = (1_000,)
    seeds: int = 5
    nulls: int = 0
    detectors: tuple[Detector, ...] = DETECTORS
    anchor: int | None = None
    exponent: float | None = 0.5
    truths: bool = True

    def __post_init__(self) -> None:
        names = [name_of(scenario) for scenario in self.scenarios]
        for kind, given in (
            ("scenarios", names),
            ("detectors", [detector.name for detector in self.detectors]),
            ("corpora", [corpus.name for corpus in self.corpora]),
        ):
            if len(set(given)) < len(given):
                raise UsageError(f"two {kind} share a name", where=", ".join(given))

    def settings(self) -> Iterator[Setting]:
        """Every instance once; those of one world stand together."""
        for at, corpus in enumerate(self.corpora):
            for size in self.sizes:
                for seed in range(max(self.seeds, self.nulls)):
                    yield from self._of_world(at, corpus, size, seed)

    def _of_world(self, at: int, corpus: Corpus, size: int, seed: int) -> Iterator[Setting]:
        def setting(scenario: Scenario, severity: float) -> Setting:
            return Setting(
                corpus=at,
                digest=corpus.digest,
                size=size,
                anchor=size if self.anchor is None else self.anchor,
                exponent=self.exponent,
                seed=seed,
                scenario=scenario,
                severity=float(severity),
            )

        if seed < self.nulls:
            yield setting(FreshReal(), 0.0)
        if seed >= self.seeds:
            return
        for scenario in self.scenarios:
            if scenario.needs_labels and not corpus.labelled:
                continue
            if scenario == FreshReal():
                if seed >= self.nulls:
                    yield setting(scenario, 0.0)
                continue
            for severity in self.severities:
                yield setting(scenario, severity)

    def parts(self, setting: Setting) -> tuple[str, ...]:
        """What is done with an instance: its truth, and every detector that can read it."""
        labelled = self.corpora[setting.corpus].labelled
        truths = (TRUTH,) if self.truths and setting.seed < self.seeds else ()
        return truths + tuple(d.name for d in self.detectors if labelled or not d.needs_labels)

    def key(self, setting: Setting, part: str) -> str:
        """The key of a job."""
        if part == TRUTH:
            return setting.key(TRUTH)
        detector = next(d for d in self.detectors if d.name == part)
        return setting.key(f"{part}: {detector!r} {detector.version}")
