"""History: model generations side by side, what was forgotten, and what is falling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from holdfast.cycles.history.compare import compare
from holdfast.cycles.history.half_lives import Fates, falling_shares, read_fates
from holdfast.cycles.history.series import line_up
from holdfast.errors import UsageError
from holdfast.stats.looks import BASEL, level_at
from holdfast.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.cycles.history.compare import Compared
    from holdfast.cycles.history.generation import Generation
    from holdfast.cycles.history.series import Series

Verdict = Literal["pass", "warn", "fail", "undetermined"]
State = Literal["first", "dropped", "held", "not_compared", "missing"]
_EXIT = {"pass": 0, "warn": 0, "fail": 1, "undetermined": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One generation of a series, judged when it came.

    Attributes:
        state: `dropped` is an alarm; `held`: none was seen; `first`: nothing stands before it; `not_compared`: something does, and
            must not be compared with it; `missing`: it has no such figure.
        compared: What it was compared with.
        p_anytime: p-value that may be held against the error rate of all looks and all series; None where nothing was compared.
        smallest: The smallest drop that would have been seen, in four of five; None where nothing was compared.
    """

    state: State
    compared: Compared
    p_anytime: float | None = None
    smallest: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One series with its judgements, one a generation."""

    series: Series
    judged: tuple[Judged, ...]

    @property
    def last(self) -> Judged:
        """The judgement of the newest generation."""
        return self.judged[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinning:
    """The share of a stratum, looked at when a generation came.

    Attributes:
        stratum: Its name.
        at: Place of the generation.
        p_anytime: p-value that may be held against the error rate.
        alarm: Whether its share surely falls.
    """

    stratum: str
    at: int
    p_anytime: float
    alarm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Model generations side by side.

    Attributes:
        generations: In order of time.
        skills: Every series, judged.
        fates: Half-lives of strata.
        thinnings: Alarms on shares of strata, look by look.
        alpha: Error rate over all looks and all series.
        seed: Seed of what was drawn.
    """

    generations: tuple[Generation, ...]
    skills: tuple[Skill, ...]
    fates: Fates
    thinnings: tuple[Thinning, ...]
    alpha: float
    seed: int

    @property
    def dropped(self) -> tuple[Skill, ...]:
        """Series in which the newest generation dropped, the surest first."""
        found = [skill for skill in self.skills if skill.last.state == "dropped"]
        return tuple(sorted(found, key=lambda skill: skill.last.p_anytime or 0.0))

    @property
    def thinned(self) -> tuple[str, ...]:
        """Strata whose shares surely fall, as of the newest generation."""
        last = len(self.generations) - 1
        return tuple(entry.stratum for entry in self.thinnings if entry.alarm and entry.at == last)

    @property
    def compared(self) -> int:
        """Series in which the newest generation was compared with an earlier one."""
        return sum(skill.last.state in ("dropped", "held") for skill in self.skills)

    @property
    def verdict(self) -> Verdict:
        """`fail` where the newest generation dropped, `warn` where only an earlier one had, `undetermined` where nothing could be compared."""
        if self.dropped or self.thinned:
            return "fail"
        if any(entry.alarm for entry in self.thinnings) or any(
            judged.state == "dropped" for skill in self.skills for judged in skill.judged
        ):
            return "warn"
        last = len(self.generations) - 1
        looked = self.compared or any(entry.at == last for entry in self.thinnings)
        return "pass" if looked else "undetermined"

    @property
    def exit_code(self) -> int:
        """0 pass or warn, 1 fail, 3 undetermined."""
        return _EXIT[self.verdict]

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        from holdfast.cycles.history.wording import sentence

        return sentence(self)

    def plain(self) -> dict[str, Any]:
        """As plain data (`holdfast.history/1`); what is not known is None."""
        from holdfast.cycles.history.plain import plain

        return plain(self)


def history(generations: Sequence[Generation], *, alpha: float = 0.05, seed: int = 0) -> History:
    """Model generations side by side: what each scored, what was forgotten, what is falling, and how soon half of it is gone.

    Every generation but the first is a look: it is held against the best of those before it, series by series. Look t spends
    alpha * 6 / (pi^2 t^2), shared by all series of that look (Holm), so that alarms over all looks and all series together are false with a
    chance of at most alpha, however often somebody looks.

    Args:
        generations: In order of time, from `read_generation` or made of values.
        alpha: Error rate over all looks and all series.
        seed: Seed of what is drawn.

    Raises:
        UsageError: There is no generation, two have one name, or alpha is no rate.
    """
    if not generations:
        raise UsageError("there is no generation", do="Name one or more, the oldest first")
    if not 0 < alpha < 1:
        raise UsageError(f"an error rate lies between 0 and 1, not at {alpha:g}", where="--alpha")
    names = [generation.name for generation in generations]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"two generations are called {twice!r}", do="Name them apart: NAME=PATH")
    rows = line_up(generations)
    levels = [1.0, *(level_at(look, alpha) for look in range(1, len(generations)))]
    compared = [[compare(series, at, seed, level) for at, level in enumerate(levels)] for series in rows]
    judged: list[list[Judged]] = [[] for _ in rows]
    thinnings: list[Thinning] = []
    for at in range(len(generations)):
        column = [row[at] for row in compared]
        shares = _shares(generations, at)
        found, thin = _judge(column, shares, at, alpha)
        thinnings += thin
        for place, (series, one) in enumerate(zip(rows, found, strict=True)):
            judged[place].append(_named(series, one))
    return History(
        generations=tuple(generations),
        skills=tuple(
            Skill(series=series, judged=tuple(row)) for series, row in zip(rows, judged, strict=True)
        ),
        fates=read_fates(generations),
        thinnings=tuple(thinnings),
        alpha=alpha,
        seed=seed,
    )


def _shares(generations: Sequence[Generation], at: int) -> list[tuple[str, float]]:
    """p-values that shares of strata fall, as they stood when this generation came."""
    if at == 0 or generations[at].strata is None:
        return []
    return falling_shares(generations[: at + 1])


def _judge(
    column: Sequence[Compared], shares: Sequence[tuple[str, float]], at: int, alpha: float
) -> tuple[list[Judged], list[Thinning]]:
    """One look: all series of it share its level."""
    known = [entry.p_value for entry in column if entry.p_value is not None]
    tests = [*known, *(p_value for _, p_value in shares)]
    if not tests or at == 0:
        return [Judged(state="not_compared", compared=entry) for entry in column], []
    level = level_at(at, alpha)
    adjusted = [min(1.0, p * BASEL * at**2) for p in holm(tests)]
    places = iter(adjusted)
    judged = []
    for entry in column:
        if entry.p_value is None:
            judged.append(Judged(state="not_compared", compared=entry))
            continue
        p_value = next(places)
        # What would have been seen is said for the strictest level that this look could have asked for.
        smallest = entry.smallest(level / len(tests))
        state: State = "dropped" if p_value <= alpha else "held"
        judged.append(Judged(state=state, compared=entry, p_anytime=p_value, smallest=smallest))
    thin = [
        Thinning(stratum=name, at=at, p_anytime=p_value, alarm=p_value <= alpha)
        for (name, _), p_value in zip(shares, places, strict=True)
    ]
    return judged, thin


def _named(series: Series, judged: Judged) -> Judged:
    """Tell what could not be compared from what has nothing to be compared with."""
    if judged.state != "not_compared":
        return judged
    at = judged.compared.at
    now = series.figures[at]
    if now is None or now.value is None:
        return replace(judged, state="missing")
    before = any(figure is not None and figure.value is not None for figure in series.figures[:at])
    return judged if before else replace(judged, state="first")
