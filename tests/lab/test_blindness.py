"""The self-test: what is planted in full is seen, what is not planted is not, and nothing is made up in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from holdfast import selftest
from holdfast.errors import InputError, UsageError
from holdfast.lab.bench.corpus import Corpus, Row, generate_corpus
from holdfast.lab.bench.instance import plant
from holdfast.lab.blindness import prepare
from holdfast.lab.blindness.curves import Curve, Point
from holdfast.lab.blindness.deal import LEAST_ROWS, Ground
from holdfast.lab.blindness.losses import FRESH, LOSSES
from holdfast.lab.blindness.planting import Broken, Narrowing, Shuffled
from holdfast.lab.blindness.study import CONTROLS, Study
from holdfast.lab.blindness.trial import Job, Trial

REPEATS = 2


def tailed(rows: int, *, strata: int = 9, seed: int = 0) -> list[dict[str, str]]:
    """Labelled rows, some strata rarer than others."""
    corpus = generate_corpus(strata=strata, rows_per_stratum=rows, seed=seed)
    shares = {label: 1.0 / (at + 2) for at, label in enumerate(corpus.by_stratum)}
    rng = np.random.default_rng(seed)
    kept = [row for row in corpus.rows if rng.random() < 2 * shares[row.stratum]]
    order = rng.permutation(len(kept))[:rows]
    return [{"text": kept[i].text, "topic": kept[i].stratum} for i in order]


def trial(loss: str, dose: float, repeat: int, verdict: str | None, *seen: str) -> Trial:
    return Trial(job=Job(loss=loss, dose=dose, repeat=repeat), verdict=verdict, failed=seen)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def known():
    """Rare strata gone altogether, and nothing else."""
    return selftest(
        tailed(480),
        label="topic",
        losses=["rare_strata"],
        doses=[1.0],
        repeats=REPEATS,
        alpha=0.05,
        draws=499,  # the smallest p-value, some twenty times over, is still below the level
    )


def test_rare_strata_that_are_gone_are_seen(known):
    (point,) = known.curve("rare_strata").points
    assert (point.failed, len(point)) == (REPEATS, REPEATS)
    assert "stratum_deficit" in known.curve("rare_strata").seen_by
    assert known.curve("rare_strata").threshold.dose == 1.0


def test_fresh_real_rows_are_left_in_peace(known):
    assert (known.fresh.failed, len(known.fresh)) == (0, CONTROLS * REPEATS)


def test_the_plain_form_says_the_same(known):
    plain = known.plain()
    assert plain["schema"] == "holdfast.selftest/1"
    assert plain["complete"]
    assert plain["fresh"]["failed"] == 0
    assert plain["losses"][0]["points"][0]["interval"] == pytest.approx((0.1581, 1.0), abs=1e-4)
    assert plain["sentence"].endswith("sees rare strata that grow thinner.")


def test_without_labels_what_needs_them_is_named_and_not_planted():
    rows = [row["text"] for row in tailed(160)]
    test = prepare(rows, losses=["label_noise", "template"])
    test.study.trials += [trial("template", 1.0, 0, "pass")]
    assert [curve.unlabelled for curve in test.curves] == [True, False]
    assert "Without labels it does not see labels that do not fit their rows" in test.blind[0]
    assert [loss.name for loss in test.study.planted] == ["template"]


@pytest.mark.parametrize("rows", [1, LEAST_ROWS - 1])
def test_too_few_rows_say_how_many_it_takes(rows):
    with pytest.raises(InputError, match=f"at least {LEAST_ROWS}"):
        prepare([row["text"] for row in tailed(200)[:rows]])


def test_a_size_that_does_not_fit_names_the_largest():
    with pytest.raises(UsageError, match="Use at most 50"):
        prepare([row["text"] for row in tailed(200)], size=51)
    with pytest.raises(UsageError, match="label_noise"):
        prepare(tailed(200), losses=["labelnoise"])
    with pytest.raises(UsageError, match="doses"):
        prepare(tailed(200), doses=[0.0])


def test_rows_that_repeat_each_other_are_never_parted():
    texts = [row["text"] for row in tailed(240)]
    rows = [Row(id=f"{n}-{copy}", text=text) for n, text in enumerate(texts) for copy in range(1 + n % 3)]
    ground = Ground.of(Corpus.of("copied", rows), None)
    pools = ground.deal(np.random.default_rng(0))
    place = {row.id: part for part in ("anchor", "source", "reserve") for row in getattr(pools, part)}
    homes = [{place.get(f"{n}-{copy}") for copy in range(1 + n % 3)} for n in range(len(texts))]
    assert all(len(home) == 1 for home in homes)
    assert len(pools.source) == pytest.approx(len(rows) / 4, abs=6)


def test_rows_that_are_mostly_one_text_cannot_be_dealt():
    rows = ["the same words again and again"] * 100 + [row["text"] for row in tailed(160)][:80]
    with pytest.raises(InputError, match="100 of 180 rows repeat each other"):
        prepare(rows)


@pytest.fixture
def pools():
    rows = tailed(400)
    corpus = Corpus.of(
        "world", [Row(id=str(n), text=r["text"], label=r["topic"]) for n, r in enumerate(rows)]
    )
    return Ground.of(corpus, None).deal(np.random.default_rng(1))


@pytest.mark.parametrize("scenario", [Narrowing(), Shuffled(), Broken()], ids=lambda s: s.title)
def test_what_is_planted(pools, scenario):
    assert plant(scenario, pools, 0.0, np.random.default_rng(0)).candidate == pools.source
    made = plant(scenario, pools, 1.0, np.random.default_rng(0)).candidate
    assert len(made) == pools.size
    assert len({row.id for row in made}) == pools.size
    assert sorted(row.stratum for row in made) == sorted(row.stratum for row in pools.source)
    if isinstance(scenario, Narrowing):
        assert {row.id for row in made} <= {row.id for row in pools.source + pools.reserve}
    if isinstance(scenario, Shuffled):
        assert [sorted(row.text.split()) for row in made] == [
            sorted(row.text.split()) for row in pools.source
        ]
        assert sum(a.text != b.text for a, b in zip(made, pools.source, strict=True)) > 0.9 * pools.size


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_every_loss_can_be_planted_in_few_rows(pools, loss):
    made = plant(loss.scenario, pools, 1.0, np.random.default_rng(0))
    assert abs(len(made.candidate) - pools.size) <= 1


def test_equal_labels_leave_nothing_to_favour():
    even = generate_corpus(strata=8, rows_per_stratum=30)
    assert Ground.of(even, None).even
    found = prepare([{"text": row.text, "topic": row.stratum} for row in even.rows]).study.bench.try_out(
        Job(loss="sharpened_labels", dose=1.0, repeat=0)
    )
    assert found.verdict is None
    assert "equally frequent" in found.reason


def curve(*shares: tuple[float, int], audits: int = 5) -> Curve:
    points = [
        Point.of(dose, [trial("x", dose, n, "fail" if n < failed else "pass") for n in range(audits)])
        for dose, failed in shares
    ]
    return Curve(loss=LOSSES[0], points=tuple(points))


def test_the_smallest_dose_lies_between_those_tried():
    assert curve((0.2, 0), (0.6, 5)).threshold.dose == pytest.approx(0.52)
    assert curve((0.2, 4), (0.6, 5)).threshold.at_most
    assert curve((0.2, 0), (0.6, 3)).threshold is None
    assert (
        curve((0.2, 5), (0.6, 3), (1.0, 5)).threshold.dose > 0.6
    )  # seen, lost and seen again is not seen in between


@dataclass(kw_only=True)
class Oracle:
    """A bench that fails every dose from a threshold on, by loss, and counts what it was asked."""

    thresholds: dict[str, float]
    stops_after: int = 10**6
    asked: list[Job] = field(default_factory=list)
    ground: object = field(default_factory=lambda: SimpleNamespace(corpus=SimpleNamespace(labelled=True)))

    def try_out(self, job: Job) -> Trial:
        if len(self.asked) == self.stops_after:
            raise KeyboardInterrupt
        self.asked.append(job)
        fails = job.loss != FRESH and job.dose >= self.thresholds.get(job.loss, 2.0)
        return trial(job.loss, job.dose, job.repeat, "fail" if fails else "pass")


def study(oracle: Oracle) -> Study:
    return Study(bench=oracle, losses=LOSSES[:3], doses=(1.0, 0.5, 0.1), repeats=2)  # type: ignore[arg-type]


def test_a_dose_that_another_one_answers_is_not_tried():
    oracle = Oracle(thresholds={"rare_strata": 0.05, "sharpened_labels": 0.4})
    made = study(oracle)
    made.run()
    tried = {(job.loss, job.dose) for job in oracle.asked}
    assert {dose for loss, dose in tried if loss == "rare_strata"} == {1.0, 0.1}
    assert {dose for loss, dose in tried if loss == "sharpened_labels"} == {1.0, 0.5, 0.1}
    assert {dose for loss, dose in tried if loss == "modes"} == {1.0}
    assert [c.spared for c in made.curves()] == [(0.5,), (), (0.1, 0.5)]
    assert made.complete


def test_an_interrupt_goes_through_and_what_is_known_stays():
    made = study(Oracle(thresholds={}, stops_after=5))
    with pytest.raises(KeyboardInterrupt):
        made.run()
    assert len(made.trials) == 5
    assert not made.complete
    assert len(made.fresh()) == 4
