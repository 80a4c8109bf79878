"""Position: does the order in which two responses are shown decide between them?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.preference.people import mean_difference, share_of
from holdfast.measures.preference.reading import PreferenceReading, State
from holdfast.measures.reading import counted, percent
from holdfast.stats.intervals import exact_share, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.measures.reading import Calibration
    from holdfast.views.ratings import Rater, Ratings

_TWO_SIDED, _POWER = 1.959963984540054, 0.8416212335729143
_SHOWN = 20
_LEAST_SINGLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A judge's pairs that were asked in both orders.

    Attributes:
        rows: int64 [n], rows of the pairs.
        lean: int64 [n], -2 to 2: towards the first slot where above 0. 2: it won both times; 1: it won once, and the other time was
            a tie; 0: the same verdict both times.
        known: bool [n], whether it is known which response was shown first.
        changed: bool [n], whether the two verdicts differ.
    """

    rows: NDArray[np.int64]
    lean: NDArray[np.int64]
    known: NDArray[np.bool_]
    changed: NDArray[np.bool_]

    @classmethod
    def of(cls, rater: Rater) -> Turned:
        """Those of a rater."""
        twice = rater.both
        label, swapped, first = (
            column[twice].astype(np.int64) for column in (rater.label, rater.swapped, rater.first)
        )
        # In terms of slots: with the order reversed, a stands where b stood.
        return cls(
            rows=rater.rows[twice],
            lean=first * (label - swapped),
            known=first != 0,
            changed=label != swapped,
        )

    @property
    def inconsistent(self) -> int:
        """m: pairs whose verdict changed with the order, of which the order is known."""
        return int((self.changed & self.known).sum())

    @property
    def to_first(self) -> int:
        """k: of those, the ones that lean to the first slot."""
        return int((self.lean > 0).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Share of order-driven verdicts that go to the response shown first, among pairs asked in both orders.

    A pair is inconsistent when its verdict changes with the order, and leans to the slot that wins more often in its two verdicts; a
    winner in one order and a tie in the other is such a change, and leans to the winner's slot. By responses alone a pair is as likely to
    lean to either slot, whoever is asked and however noisy they are, so what reality scores is one half by construction. An
    alarm needs the exact interval of the share to exclude one half, and more than `least_inconsistent` of pairs to be inconsistent.

    Reads
        0.5 for a judge that goes by the responses, noisy or not; 1.0 where all that the order decides goes to the first slot.
    Blind to
        an order that decides nothing on average, but on some kinds of pairs one way and on others the other.
    Undetermined
        with fewer than `least_pairs` pairs asked in both orders, unless fewer show it; where nobody was asked twice. The share of first
        slots in single verdicts then stands beside people's, as exploratory.
    Cost
        linear in labels.
    Source
        Zheng et al. 2023, arXiv:2306.05685, section 3.3 (both orders); Clopper and Pearson 1934 (the interval); sign test.

    >>> from holdfast.measures.preference.by_hand import Said, lined_up
    >>> from holdfast.measures.reading import Calibration
    >>> judge = Said(label=[1, 1, -1, 1] * 60, swapped=[1, 1, -1, -1] * 60, first=1)
    >>> ratings = lined_up({"judge": judge})
    >>> (found,) = Position()(ratings, ratings.judges, Calibration())
    >>> found.value, found.details["consistency"], found.state
    (1.0, 0.75, 'beyond')
    """

    name: ClassVar[str] = "position"
    title: ClassVar[str] = "Order shown"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of verdicts that the order decides go to the response shown first"
    primary: ClassVar[bool] = True

    least_pairs: int = 200
    least_inconsistent: float = 0.05

    def __call__(
        self, ratings: Ratings, judges: Sequence[Rater], null: Calibration
    ) -> tuple[PreferenceReading, ...]:
        """Read every judge; nothing is drawn."""
        del null
        people = [Turned.of(person) for person in ratings.people]
        return tuple(self._read(ratings, judge, people) for judge in judges)

    def _read(self, ratings: Ratings, judge: Rater, people: Sequence[Turned]) -> PreferenceReading:
        turned = Turned.of(judge)
        pairs, known = len(turned.rows), int(turned.known.sum())
        if known == 0:
            return self._untold(ratings, judge, turned)
        changed, to_first = turned.inconsistent, turned.to_first
        consistency = share_of(
            (~turned.changed[turned.known]).astype(float), ratings.prompt[turned.rows[turned.known]]
        )
        interval = exact_share(to_first, changed) if changed else None
        value = to_first / changed if changed else None
        state, reason = self._state(known, changed, interval)
        human = (sum(one.inconsistent for one in people), sum(one.to_first for one in people))
        return PreferenceReading(
            measure=self.name,
            subject=judge.name,
            unit=self.unit,
            value=value,
            interval=interval,
            reality=human[1] / human[0] if human[0] else None,
            reality_interval=exact_share(human[1], human[0]) if human[0] else None,
            effect=None if value is None else value - 0.5,
            effect_interval=None if interval is None else (interval[0] - 0.5, interval[1] - 0.5),
            p_value=_sign_test(to_first, changed),
            smallest_detectable=detectable_lean(changed) if changed else None,
            n=known,
            state=state,
            reason=reason,
            primary=self.primary,
            rows=_telling(turned, to_first * 2 >= changed),
            evidence=_evidence(
                consistency.value if consistency else 0.0, known, changed, to_first, interval, human
            ),
            details={
                "title": self.title,
                "consistency": None if consistency is None else consistency.value,
                "consistency_interval": None if consistency is None else list(consistency.interval),
                "inconsistent": changed,
                "to_first": to_first,
                "with_a_tie": int((np.abs(turned.lean) == 1).sum()),
                "order_unknown": pairs - known,
                "least_inconsistent": self.least_inconsistent,
                "needed_pairs": self.least_pairs,
                "needed_inconsistent": {str(split): inconsistent_needed(split) for split in (0.6, 0.7, 0.8)},
                "slot": None if value is None or value == 0.5 else "first" if value > 0.5 else "second",
            },
        )

    def _state(
        self, pairs: int, changed: int, interval: tuple[float, float] | None
    ) -> tuple[State, str | None]:
        leans = interval is not None and not interval[0] <= 0.5 <= interval[1]
        if leans and changed > self.least_inconsistent * pairs:
            return "beyond", None
        if pairs < self.least_pairs:
            return (
                "undetermined",
                f"only {counted(pairs, 'pair')} asked in both orders, which show nothing; {self.least_pairs} are needed",
            )
        return "within", None

    def _untold(self, ratings: Ratings, judge: Rater, turned: Turned) -> PreferenceReading:
        """Nobody asked twice, or nobody knows what was shown first."""
        wish = f"let it judge {self.least_pairs} pairs in both orders"
        details: dict[str, Any] = {
            "title": self.title,
            "needed_pairs": self.least_pairs,
            "order_unknown": len(turned.rows),
        }
        evidence: tuple[str, ...] = ()
        shown = judge.first[judge.first != 0]
        if len(turned.rows):
            consistent = len(turned.rows) - int(turned.changed.sum())
            low, high = wilson(consistent, len(turned.rows))
            details |= {"consistency": consistent / len(turned.rows), "consistency_interval": [low, high]}
            evidence = (
                f"{percent(consistent / len(turned.rows))} of {counted(len(turned.rows), 'pair')} asked in both orders got the same "
                "verdict both times",
            )
            reason = f"it is not known which response was shown first (order); {wish} and note the order"
        elif len(shown) == 0:
            reason = (
                f"the order in which responses were shown is not known, and no pair was asked in both; {wish}"
            )
        elif (shown == shown[0]).all():
            side = "a" if shown[0] > 0 else "b"
            reason = (
                f"response {side} was always shown first, so the order cannot be told from the response, and no pair was asked in "
                f"both; {wish}"
            )
        else:
            reason = f"no pair was asked in both orders; {wish}"
            single, evidence = _single(ratings, judge)
            details["single_order"] = single
        return PreferenceReading(
            measure=self.name,
            subject=judge.name,
            unit=self.unit,
            n=0,
            state="undetermined",
            reason=reason,
            primary=self.primary,
            evidence=evidence,
            details=details,
        )


def inconsistent_needed(split: float) -> int:
    """Inconsistent pairs at which such a split is seen in 80 % of draws, two-sided at 5 %; of the normal approximation.

    >>> [inconsistent_needed(split) for split in (0.6, 0.7, 0.8)]
    [194, 47, 19]
    """
    far = abs(split - 0.5)
    return round(((_TWO_SIDED / 2 + _POWER * math.sqrt(split * (1 - split))) / far) ** 2)


def detectable_lean(inconsistent: int) -> float:
    """How far from one half a split must lie to be seen in 80 % of draws among so many inconsistent pairs.

    At most one half, and that also where there are too few for any split to be seen.

    >>> round(detectable_lean(194), 2), detectable_lean(3)
    (0.1, 0.5)
    """
    # far * sqrt(m) = z1 / 2 + z2 * sqrt(1/4 - far^2), squared and solved for far.
    root = math.sqrt(inconsistent)
    curve, slope = inconsistent + _POWER**2, _TWO_SIDED * root
    rest = (_TWO_SIDED**2 - _POWER**2) / 4
    found = (slope + math.sqrt(max(slope**2 - 4 * curve * rest, 0.0))) / (2 * curve)
    # Six tosses of one kind are the first that an exact test at 5 % calls unfair.
    return min(0.5, found) if inconsistent >= 6 else 0.5


def _sign_test(to_first: int, changed: int) -> float:
    """Exact, two-sided: how often chance would lie as far from one half."""
    if changed == 0:
        return 1.0
    from scipy.special import bdtr

    return min(1.0, 2.0 * float(bdtr(min(to_first, changed - to_first), changed, 0.5)))


def _telling(turned: Turned, first: bool) -> tuple[int, ...]:  # noqa: FBT001 - which of two slots
    lean = turned.lean if first else -turned.lean
    order = np.lexsort((turned.rows, -lean))
    return tuple(int(turned.rows[at]) for at in order[:_SHOWN] if lean[at] > 0)


def _single(ratings: Ratings, judge: Rater) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """The first slot in single verdicts, beside what people say of the same responses: exploratory."""
    human, _ = ratings.human
    said = judge.verdict * judge.first
    real = human[judge.rows] * judge.first
    kept = (judge.first != 0) & (judge.label != 0)
    if int(kept.sum()) < _LEAST_SINGLE:
        return None, ()
    prompt = ratings.prompt[judge.rows]
    share = share_of((said[kept] > 0).astype(float), prompt[kept])
    beside = kept & ~np.isnan(real)
    if share is None:
        return None, ()
    found: dict[str, Any] = {
        "judge": share.plain(),
        "people": None,
        "difference": None,
        "difference_interval": None,
    }
    line = f"of {share.n:,} single verdicts {percent(share.value)} go to the response shown first"
    if int(beside.sum()) < _LEAST_SINGLE:
        return found, (f"{line}; people have not said what they prefer there, so this may be the responses",)
    judged, people = (said[beside] + 1) / 2, (real[beside] + 1) / 2
    gap, _, interval = mean_difference(judged - people, prompt[beside])
    people_share = share_of(people, prompt[beside])
    found |= {
        "people": None if people_share is None else people_share.plain(),
        "difference": gap,
        "difference_interval": None if interval is None else list(interval),
    }
    ends = "" if interval is None else f" (95 %: {100 * interval[0]:+.1f} to {100 * interval[1]:+.1f})"
    return found, (
        f"{line}; on {int(beside.sum()):,} of these pairs it takes the first {abs(100 * gap):.1f} points "
        f"{'more' if gap >= 0 else 'less'} often than people do{ends}; exploratory, as each pair was asked once",
    )


def _evidence(
    consistency: float,
    pairs: int,
    changed: int,
    to_first: int,
    interval: tuple[float, float] | None,
    human: tuple[int, int],
) -> tuple[str, ...]:
    lines = [
        f"{percent(consistency)} of {pairs:,} pairs asked in both orders got the same verdict both times"
    ]
    if interval is not None:
        lines.append(
            f"of the {changed:,} others {to_first:,} lean to the response shown first: {percent(to_first / changed)} "
            f"({percent(interval[0])} to {percent(interval[1])}; one half where order does not matter)"
        )
    if human[0]:
        lines.append(
            f"people, asked in both orders, changed their verdict {human[0]:,} times, {human[1]:,} towards the first"
        )
    return tuple(lines)
