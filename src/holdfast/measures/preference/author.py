"""Authors: does a judge prefer what its relatives wrote, beyond what people prefer?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.preference.reading import PreferenceReading
from holdfast.measures.preference.style.effects import read_effects
from holdfast.measures.preference.style.length import DEALS, DRAWS, around_zero, log_ratio
from holdfast.measures.preference.style.reading import Feature, Limits, read, refusal, unfit, unknown
from holdfast.measures.preference.style.shared import Shared, share_pairs
from holdfast.stats.intervals import newcombe, wilson
from holdfast.stats.logit import Unfit
from holdfast.views.relations import RELATED, Relations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.measures.reading import Calibration
    from holdfast.views.ratings import Rater, Ratings

AUTHOR_UNIT = "step of the probability for an answer by a relative, the same human verdict given"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorPreference:
    """How far it moves a judge's verdict that one answer, and only one, is by the judge itself or a relative.

    In pairs that hold exactly one answer by a relative, verdicts are explained by what a person said, by what was shown first, and by
    which side the relative's answer is on, with the same two-person and one-person rules as Length. Beside it stand the shares that
    need no model: how often the relative's answer is picked by judge and people, and the gap between how often the judge
    goes with people who picked the relative and with people who picked the other (equal opportunity), by kind of relation.

    Reads
        0 when the judge treats its relatives' answers as a second person does.
    Blind to
        which trait of a relative's answers it likes (see Length, Layout, LabelVoice); relatives nobody declared.
    Undetermined
        with fewer than `least_cell` pairs that people gave to the relative, or to the other one; as Length otherwise. Not asked
        where no answer is known to be by a relative.
    Cost
        as Length.
    Source
        Equal-opportunity gap of self-preference: Wataoka et al. 2024, arXiv:2410.21819; intervals: Newcombe 1998.

    >>> from holdfast.measures.preference.examples import favouring_judge
    >>> from holdfast.measures.reading import Calibration
    >>> ratings, judges = favouring_judge()
    >>> reading = AuthorPreference()(ratings, judges, Calibration())[0]
    >>> reading.state, reading.details["share_judge"] > reading.details["share_people"]
    ('beyond', True)
    """

    name: ClassVar[str] = "author_preference"
    title: ClassVar[str] = "Preference for relatives"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = AUTHOR_UNIT
    primary: ClassVar[bool] = False

    relations: Relations | None = None
    teacher: str | None = None
    least_cell: int = 100
    floor: float = 0.05

    def __call__(
        self, ratings: Ratings, judges: Sequence[Rater], null: Calibration
    ) -> tuple[PreferenceReading, ...]:
        """Read every judge."""
        return tuple(self._read(ratings, judge, null) for judge in judges)

    def _read(self, ratings: Ratings, judge: Rater, null: Calibration) -> PreferenceReading:
        of = self.teacher or judge.name
        kind = _kinds(ratings, self.relations or Relations(), of)
        one = _one_related(ratings, kind)
        judged = np.zeros(len(ratings), bool)
        judged[judge.rows] = True
        if not (judged & (one != 0)).any():
            return self._not_asked(ratings, judge, of, kind)
        shared = share_pairs(
            ratings, judge, 2 * self.least_cell, among=judged & (one != 0), hold_authors=False
        )
        limits = Limits(least_pairs=2 * self.least_cell, least_differing=0, floor=self.floor)
        feature = _feature(one, of)
        figures = _figures(ratings, shared, one, kind)
        reason = refusal(shared, judge, feature, limits) or self._too_small(figures, of)
        if reason is not None:
            return self._told(unknown(shared, judge, feature, reason, limits), figures)
        # The same with length held fast, for the details: a relative's answers may be the longer ones.
        ratio = log_ratio(ratings)
        spread = around_zero(ratio[shared.pairs])
        tables = [feature.table]
        if spread:
            tables.append(np.column_stack([ratio / spread, one.astype(float)]))
        rng = null.rng(f"{self.name} {judge.name}")
        effects = read_effects(shared, tables, rng, draws=min(null.draws, DRAWS), deals=DEALS)
        effect = effects[0]
        if isinstance(effect, Unfit):
            return self._told(unknown(shared, judge, feature, unfit(shared, judge, effect), limits), figures)
        for same_length in effects[1:]:
            if not isinstance(same_length, Unfit):
                held = same_length.difference or same_length.judge
                figures["effect_at_equal_length"] = held.plain()
        found = read(shared, judge, feature, effect, limits, figures)
        return self._told(found, figures)

    def _too_small(self, figures: dict[str, Any], of: str) -> str | None:
        cells = figures["people_related"], figures["people_other"]
        if min(cells) >= self.least_cell:
            return None
        return (
            f"people gave {cells[0]:,} of these pairs to the relative of {of} and {cells[1]:,} to the other answer; {self.least_cell} of each "
            "are needed"
        )

    def _not_asked(
        self, ratings: Ratings, judge: Rater, of: str, kind: NDArray[np.int64]
    ) -> PreferenceReading:
        if not len(ratings.authors):
            reason = "the pairs do not say who wrote the answers; give author_a and author_b"
        elif (kind >= 0).any():
            reason = f"no pair of {judge.name} holds exactly one answer by a relative of {of}"
        else:
            reason = f"no author is known to be related to {of}; say who descends from whom with --agents agents.toml"
        return PreferenceReading(
            measure=self.name,
            subject=judge.name,
            unit=self.unit,
            state="not_asked",
            reason=reason,
            floor=self.floor,
        )

    def _told(self, reading: PreferenceReading, figures: dict[str, Any]) -> PreferenceReading:
        from dataclasses import replace

        sentences = list(reading.evidence)
        if figures["share_people"] is not None:
            sentences.insert(
                min(1, len(sentences)),
                f"Of {figures['pairs']:,} pairs with exactly one answer by a relative, {reading.subject} picks that one in "
                f"{100 * figures['share_judge']:.0f} %, people in {100 * figures['share_people']:.0f} %.",
            )
        return replace(
            reading,
            unit=self.unit,
            evidence=tuple(sentences),
            details=reading.details | figures | {"relative_of": self.teacher or reading.subject},
        )


def _kinds(ratings: Ratings, relations: Relations, of: str) -> NDArray[np.int64]:
    """int64 [authors], which relation each author stands in, into RELATED; -1 where in none that is known."""
    found = [relations.relation(of, author) for author in ratings.authors]
    return np.array([RELATED.index(one) if one in RELATED else -1 for one in found], np.int64)


def _one_related(ratings: Ratings, kind: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 [pairs], 1: only a is by a relative, -1: only b is, 0: both, neither, or not known."""
    author = ratings.author
    related = np.append(kind >= 0, False)[author]
    known = (author >= 0).all(axis=1)
    return np.where(known, related[:, 0].astype(np.int64) - related[:, 1], 0)


def _feature(one: NDArray[np.int64], of: str) -> Feature:
    return Feature(
        name=AuthorPreference.name,
        title="A relative's answer",
        more=f"{of}-related",
        table=one[:, None].astype(float),
        step="is by a relative and the other is not",
        primary=False,
        column=-1,
    )


def _figures(
    ratings: Ratings, shared: Shared, one: NDArray[np.int64], kind: NDArray[np.int64]
) -> dict[str, Any]:
    """Shares and gaps that need no model; ties count half in shares, and make no cell of a gap."""
    pairs = shared.judge.pair
    mean, _ = ratings.human
    judge, people = one[pairs] * shared.judge.verdict, one[pairs] * mean[pairs]
    side = np.where(one[pairs] > 0, 0, 1)
    of_kind = kind[ratings.author[pairs, side]] if len(pairs) else np.zeros(0, np.int64)
    nobody = shared.form == "nobody" or not len(pairs)
    found: dict[str, Any] = {
        "pairs": len(pairs),
        "share_judge": float((1 + judge).mean() / 2) if len(pairs) else None,
        "share_people": None if nobody else float((1 + people).mean() / 2),
        "people_related": int((people > 0).sum()),
        "people_other": int((people < 0).sum()),
    }
    if len(pairs):
        found["share_judge_interval"] = list(wilson(float((1 + judge).sum() / 2), len(pairs)))
    if not nobody:
        found["share_people_interval"] = list(wilson(float((1 + people).sum() / 2), len(pairs)))
    found["gaps"] = [
        {"relation": name} | _gaps(judge[at], people[at])
        for name, at in (
            ("all", np.ones(len(pairs), bool)),
            *((relation, of_kind == number) for number, relation in enumerate(RELATED)),
        )
        if at.any()
    ]
    return found


def _gaps(judge: NDArray[np.float64], people: NDArray[np.float64]) -> dict[str, Any]:
    """Equal-opportunity gaps: acceptance by the judge of relatives minus of others, where people accepted, and where they did not.

    Without ties both gaps are the same number: in a pair, what is not accepted on one side is accepted on the other.
    """
    related, other = people > 0, people < 0
    cells = int(related.sum()), int(other.sum())
    found: dict[str, Any] = {"people_related": cells[0], "people_other": cells[1]}
    if min(cells) < 1:
        return found | {"accepted": None, "refused": None}
    # What the judge accepts: the relative's answer (judge > 0) or the other (judge < 0).
    takes, leaves = judge > 0, judge < 0
    for name, hits in (
        ("accepted", (takes[related].sum(), leaves[other].sum())),
        ("refused", (takes[other].sum(), leaves[related].sum())),
    ):
        rows = cells if name == "accepted" else cells[::-1]
        low, high = newcombe(float(hits[0]), rows[0], float(hits[1]), rows[1])
        gap = float(hits[0] / rows[0] - hits[1] / rows[1])
        found[name] = {"value": gap, "low": low, "high": high}
    return found
