"""A teacher's voice in labels: does a judge prefer what sounds like the teacher, beyond what people prefer?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.preference.reading import PreferenceReading, State
from holdfast.measures.preference.style.effects import Figure, Shared, share_pairs
from holdfast.measures.preference.style.length import around_zero, log_ratio
from holdfast.measures.preference.style.rows import Rows, alone, beside, one_another
from holdfast.measures.preference.voice_panel import VoicePanel, missing, read_panel, score_pairs
from holdfast.measures.reading import counted
from holdfast.stats.logit import LogitFit, fit_logit, resample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.measures.reading import Calibration
    from holdfast.views.ratings import Rater, Ratings

__all__ = ["LabelVoice", "VoicePanel", "read_panel"]

UNIT = "logits for one standard deviation of the voice, human verdict and length given"
_DEALS, _DRAWS = 199, 999
_POWER = 2.8
"""A normal effect of so many standard errors is seen in 80 % of draws, two-sided at 5 %."""
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelVoice:
    """How far a judge's verdicts go with the voice of a teacher, the human verdict and length given, against voices of placebos.

    The voice is what tells the teacher's outputs from the mean of the placebos' on prompts that all answered: shared words, signs and pairs,
    length and layout left out. Every response of a pair gets a score, freed of what length still explains; pairs whose
    prompt stands in the panel are scored by what was learnt without it. The same is done for each placebo. Where two people
    saw the pairs, a second one stands in the judge's place.

    Reads
        0 when a judge's verdicts have nothing to do with the voice beyond the human verdict; above 0 when it likes that voice.
    Blind to
        a voice that people like as much; a teacher who sounds like a placebo; contents.
    Undetermined
        with fewer than `least_pairs` pairs that people labelled, too, with fewer than three placebos, with fewer than 200 shared prompts in
        the panel; with one person for each pair where the two forms disagree.
    Cost
        20 seconds for 800 prompts, a teacher, three placebos and 600 pairs.
    Source
        `design/0006-preferences.md`; the direction: Fisher 1936, Annals of Eugenics 7:179.

    >>> from holdfast.measures.preference.examples import verbose_judge
    >>> from holdfast.measures.reading import Calibration
    >>> ratings, judges = verbose_judge()
    >>> LabelVoice()(ratings, judges, Calibration())[0].state
    'not_asked'
    """

    name: ClassVar[str] = "label_voice"
    title: ClassVar[str] = "A teacher's voice in labels"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = UNIT
    primary: ClassVar[bool] = True

    panel: VoicePanel | None = None
    least_pairs: int = 590  # a coefficient of .3 is seen in so many in 80 % of draws
    floor: float = 0.2

    def __call__(
        self, ratings: Ratings, judges: Sequence[Rater], null: Calibration
    ) -> tuple[PreferenceReading, ...]:
        """Read every judge."""
        if self.panel is None:
            reason = "no teacher was named; give its outputs and those of three placebos"
            return tuple(self._without(judge, reason, "not_asked") for judge in judges)
        unusable = missing(self.panel)
        if unusable is not None:
            return tuple(self._without(judge, unusable) for judge in judges)
        shares = [share_pairs(ratings, judge, self.least_pairs) for judge in judges]
        reasons = [self._refusal(shared, judge) for shared, judge in zip(shares, judges, strict=True)]
        asked = [shared for shared, reason in zip(shares, reasons, strict=True) if reason is None]
        scores = score_pairs(self.panel, ratings, asked, null.rng(f"{self.name} pairs")) if asked else None
        found = []
        for judge, shared, why in zip(judges, shares, reasons, strict=True):
            if why is not None or scores is None:
                found.append(self._without(judge, why or "", n=len(shared.pairs)))
            else:
                found.append(self._read(shared, judge, scores, null))
        return tuple(found)

    def _without(
        self, judge: Rater, reason: str, state: State = "undetermined", n: int = 0
    ) -> PreferenceReading:
        return PreferenceReading(
            measure=self.name,
            subject=judge.name,
            unit=UNIT,
            state=state,
            reason=reason,
            n=n,
            floor=self.floor,
            primary=self.primary,
            details={"title": self.title}
            | ({} if self.panel is None else {"teacher": self.panel.names[0], "profile": []}),
        )

    def _refusal(self, shared: Shared, judge: Rater) -> str | None:
        count = len(shared.pairs)
        if shared.form == "nobody":
            return (
                f"no person labelled a pair that {judge.name} labelled, and people prefer some voices, too; let people label at least "
                f"{self.least_pairs} of them"
            )
        if count < self.least_pairs:
            return f"only {counted(count, 'pair')} labelled by people and by {judge.name}; {self.least_pairs} are needed to see 0.3"
        if not shared.people.verdict.any() or not shared.judge.label.any():
            return "everything was called a tie on one of the sides"
        return None

    def _read(
        self, shared: Shared, judge: Rater, scores: NDArray[np.float64], null: Calibration
    ) -> PreferenceReading:
        assert self.panel is not None  # noqa: S101  # a reading is asked of a panel only
        # Pairs beyond those that are read have no score.
        shared = _among(shared, np.asarray(np.isfinite(scores).all(axis=1)))
        rng = null.rng(f"{self.name} {judge.name}")
        tables = _tables(shared, scores)
        told = [_fit(shared, beside(shared.judge, shared.people), table) for table in tables]
        plain = [_fit(shared, alone(side), tables[0]) for side in (shared.judge, shared.people)]
        second = None
        if shared.form == "second_person":
            second = _fit(shared, one_another(shared.people)[0], tables[0])
        fits = [fit for fit in (*told, *plain, second) if fit is not None]
        if any(fit is None for fit in told):
            reason = f"the verdicts of {judge.name} follow from the human verdict and the order without exception, or one column follows from others"
            return self._without(judge, reason, n=len(shared.pairs))
        drawn = dict(zip(map(id, fits), resample(fits, rng, min(null.draws, _DRAWS)), strict=True))
        profile = [
            Figure.of(fit.coefficients[-1], drawn[id(fit)].coefficients[:, -1])
            for fit in told
            if fit is not None
        ]
        draws = np.stack([drawn[id(fit)].coefficients[:, -1] for fit in told], axis=1)
        # Ahead of all is ahead of each: the placebo that is least surely beaten decides.
        leads = [
            Figure.of(profile[0].value - one.value, draws[:, 0] - draws[:, at])
            for at, one in enumerate(profile[1:], 1)
        ]
        strongest = 1 + min(range(len(leads)), key=lambda at: leads[at].low)
        ahead = leads[strongest - 1]
        person = beyond = margin = None
        if second is not None and told[0] is not None:
            person = Figure.of(second.coefficients[-1], drawn[id(second)].coefficients[:, -1])
            beyond = Figure.of(
                told[0].effects[-1] - second.effects[-1],
                drawn[id(told[0])].effects[:, -1] - drawn[id(second)].effects[:, -1],
            )
        elif plain[0] is not None and plain[1] is not None:
            margin = Figure.of(
                plain[0].coefficients[-1] - plain[1].coefficients[-1],
                drawn[id(plain[0])].coefficients[:, -1] - drawn[id(plain[1])].coefficients[:, -1],
            )
        control = _control(shared, tables[0], rng)
        settled = self._state(profile[0], ahead, beyond, margin, control)
        return self._reading(
            shared,
            judge,
            scores,
            settled,
            profile,
            {
                "ahead_of_placebos": ahead.plain(),
                "largest_placebo": self.panel.names[strongest],
                "beyond_second_person": None if beyond is None else beyond.plain(),
                "marginal_difference": None if margin is None else margin.plain(),
                "form": "one_person" if second is None else "second_person",
            },
            person,
            control,
        )

    def _state(
        self,
        own: Figure,
        ahead: Figure,
        beyond: Figure | None,
        margin: Figure | None,
        control: float,
    ) -> tuple[State, str | None]:
        if own.sign <= 0 or own.value < max(self.floor, control) or ahead.low <= 0:
            return "within", None
        if beyond is not None:
            return ("beyond" if beyond.low > 0 else "within"), None
        if margin is not None and margin.low > 0:
            return "beyond", None
        return "undetermined", (
            "given the one human verdict it goes with the voice, as a second person might: only one person labelled each pair, and against people "
            "by themselves it does not; let a second person label at least 200 of them"
        )

    def _reading(
        self,
        shared: Shared,
        judge: Rater,
        scores: NDArray[np.float64],
        state: tuple[State, str | None],
        profile: Sequence[Figure],
        details: dict[str, Any],
        person: Figure | None,
        control: float,
    ) -> PreferenceReading:
        assert self.panel is not None  # noqa: S101  # same
        names, own = self.panel.names, profile[0]
        ahead = details["ahead_of_placebos"]
        sentences = [
            f"Given the human verdict and length, {judge.name} goes with the voice of {names[0]} by {own.value:+.2f} logits for one standard "
            f"deviation (95 %: {own.low:+.2f} to {own.high:+.2f}), on {len(shared.pairs):,} pairs.",
            f"The strongest placebo, {details['largest_placebo']}, reaches {profile[names.index(details['largest_placebo'])].value:+.2f}; "
            f"{names[0]} is ahead by "
            f"{ahead['value']:+.2f} (95 %: {ahead['low']:+.2f} to {ahead['high']:+.2f}).",
            f"{_POWER * own.error:.2f} or more would be seen in four of five such sets.",
        ]
        if person is not None:
            sentences.insert(
                2,
                f"A second person in its place: {person.value:+.2f} (95 %: {person.low:+.2f} to {person.high:+.2f}).",
            )
        return PreferenceReading(
            measure=self.name,
            subject=judge.name,
            unit=UNIT,
            value=own.value,
            interval=own.interval,
            reality=None if person is None else person.value,
            reality_interval=None if person is None else person.interval,
            effect=own.value,
            effect_interval=own.interval,
            p_value=own.p_value,
            floor=self.floor,
            control=control,
            smallest_detectable=_POWER * own.error,
            n=len(shared.pairs),
            state=state[0],
            reason=state[1],
            primary=self.primary,
            rows=_telling(shared, scores[:, 0]),
            evidence=tuple(sentences),
            details={
                "title": self.title,
                "teacher": names[0],
                "profile": [
                    {
                        "name": name,
                        "role": "placebo" if at else "teacher",
                        "value": one.value,
                        "interval": one.interval,
                    }
                    for at, (name, one) in enumerate(zip(names, profile, strict=True))
                ],
                **details,
            },
        )


def _among(shared: Shared, kept: NDArray[np.bool_]) -> Shared:
    """The same judge and people on fewer pairs."""
    from dataclasses import replace

    if kept[shared.pairs].all():
        return shared

    def of(entries: Any) -> Any:
        at = kept[entries.pair]
        names = ("pair", "rater", "verdict", "label", "first", "both", "swapped")
        return replace(entries, **{name: getattr(entries, name)[at] for name in names})

    return replace(
        shared, judge=of(shared.judge), people=of(shared.people), pairs=shared.pairs[kept[shared.pairs]]
    )


def _tables(shared: Shared, scores: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """float64 [pairs, 2] for each voice: length and voice, in standard deviations around 0."""
    length = log_ratio(shared.ratings)
    length = length / (around_zero(length[shared.pairs]) or 1.0)
    return [
        np.column_stack([length, score / (around_zero(score[shared.pairs]) or 1.0)]) for score in scores.T
    ]


def _fit(shared: Shared, rows: Rows, table: NDArray[np.float64]) -> LogitFit | None:
    own = [column for column in (rows.slot, rows.given) if column.any()]
    prompt = shared.ratings.prompt
    found = fit_logit(
        np.column_stack([*own, table[rows.pair]]),
        rows.won,
        prompt[rows.pair],
        weights=rows.weight,
        clusters=int(prompt.max(initial=-1)) + 1,
    )
    return found if isinstance(found, LogitFit) else None


def _control(shared: Shared, table: NDArray[np.float64], rng: np.random.Generator) -> float:
    """99th percentile of the absolute coefficient where the voice is dealt to other pairs, either way round."""
    rows = beside(shared.judge, shared.people)
    dealt = table.copy()
    found = []
    for _ in range(_DEALS):
        signs = rng.integers(0, 2, len(shared.pairs)) * 2.0 - 1.0
        dealt[shared.pairs, -1] = signs * table[rng.permutation(shared.pairs), -1]
        fit = _fit(shared, rows, dealt)
        if fit is not None:
            found.append(abs(float(fit.coefficients[-1])))
    return float(np.quantile(found, 0.99)) if found else 0.0


def _telling(shared: Shared, score: NDArray[np.float64]) -> tuple[int, ...]:
    """Pairs in which the judge goes with the voice and people do not, the clearest first."""
    mean, _ = shared.ratings.human
    pairs = shared.judge.pair
    toward = np.sign(score[pairs])
    shows = (shared.judge.verdict * toward > 0) & (mean[pairs] * toward <= 0)
    size = np.where(shows, np.abs(score[pairs]), -1.0)
    order = np.argsort(-size, kind="stable")[:_SHOWN]
    return tuple(int(pairs[at]) for at in order if size[at] > 0)
