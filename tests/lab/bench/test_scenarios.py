from collections import Counter

import numpy as np
import pytest

from holdfast.errors import UsageError
from holdfast.lab.bench.corpus import Corpus, Row
from holdfast.lab.bench.instance import LOST_BELOW, name_of, plant, reshare
from holdfast.lab.bench.pools import Pools, deal_pools
from holdfast.lab.bench.scenarios import (
    SCENARIOS,
    Accumulation,
    DeclaredMix,
    Decoded,
    Deduplicated,
    Filtering,
    FreshReal,
    Homogenising,
    LabelNoise,
    Longer,
    Mixture,
    MoreDiverse,
    NewTopic,
    RareThinning,
    Recursion,
    Repeating,
    Sharpening,
    Template,
)
from holdfast.lab.bench.scenarios.filters import keeps
from holdfast.lab.bench.yardsticks.exam import set_exam
from holdfast.views.near import find_duplicates
from holdfast.views.tokens import read_tokens

NAMES = [name_of(scenario) for scenario in SCENARIOS]
EVERY = pytest.mark.parametrize("scenario", SCENARIOS, ids=NAMES)
MADE = {"D2", "D8", "D13", "D10 of D2 temperature", "D10 of D8"}  # rows written by a model
# Variance of label counts in parts of a multinomial's: equal rows come and go together, and every generation adds its
# noise to that of the source.
SPREAD = {"D7 exact": 1.5, "D7 near": 1.5, "D8": 3.0, "D10 of D8": 4.0}


def written(scenario):
    return scenario.id in MADE or name_of(scenario) in MADE


def stratum_counts(rows, strata):
    found = Counter(row.stratum for row in rows)
    return np.array([found[stratum] for stratum in strata])


def test_every_name_is_there_once():
    assert len(set(NAMES)) == len(NAMES)
    ids = {scenario.id for scenario in SCENARIOS}
    assert ids == {f"D{i}" for i in (*range(1, 9), *range(10, 14), 15)} | {f"ND{i}" for i in range(1, 7)}
    assert {s.kind for s in SCENARIOS if s.id.startswith("ND")} == {"control"}
    assert {s.id for s in SCENARIOS if s.kind == "harmless"} == {"D5"}


@EVERY
def test_nothing_planted_is_the_source_as_it_is(scenario, pools):
    found = plant(scenario, pools, 0.0, np.random.default_rng(0))
    assert found.candidate == pools.source
    assert found.anchor == pools.anchor
    assert found.causes == frozenset()
    assert set(found.retention.values()) == {1.0}
    assert found.lost == ()


@EVERY
def test_replacements_come_from_nowhere_else(scenario, pools):
    severity = 0.2 if written(scenario) else 1.0
    found = plant(scenario, pools, severity, np.random.default_rng(4))
    again = plant(scenario, pools, severity, np.random.default_rng(4))
    assert found == again
    assert len(found.candidate) == pools.size
    assert len({row.id for row in found.candidate}) == pools.size
    assert all(row.text.strip() for row in found.candidate)
    assert set(found.anchor) <= set(pools.anchor)
    anchor, test = ({row.id for row in side} for side in (pools.anchor, pools.test))
    unused = {row.id: row for row in pools.source + pools.reserve}
    origins = [origin for row in found.candidate for origin in row.origins]
    if written(scenario):
        origins = [origin for origin in origins if not origin.startswith(("D2:", "D8-", "D13-"))]
    assert not {*origins} & (anchor | test)
    assert set(origins) <= set(unused)
    if scenario.id != "D7":
        assert len(set(origins)) == len(origins)
    for row in found.candidate:
        if row.id in unused:
            assert row == unused[row.id]


@EVERY
def test_what_is_declared_is_what_happens(scenario, corpus):
    severity, draws = (0.2, 6) if written(scenario) else (0.4, 6 if scenario.id == "D11" else 20)
    sums, expected, variance = np.zeros((3, 15))
    for draw in range(draws):
        pools = deal_pools(corpus, size=200, rng=np.random.default_rng([9, draw]))
        found = plant(scenario, pools, severity, np.random.default_rng([8, draw]))
        assert (found.causes == frozenset()) is (scenario.kind == "control")
        # By rank: strata have other shares in every deal.
        order = np.argsort(-pools.weights, kind="stable")
        known = [pools.strata[at] for at in order]
        real = Counter({s: pools.shares[s] for s in known if s in found.retention})
        whole = sum(real.values())
        shares = np.array([found.retention.get(s, 0.0) * real[s] / whole for s in known])
        if isinstance(scenario, NewTopic):
            shares += [0.0 if s in found.retention else pools.shares[s] for s in known]
        assert shares.sum() == pytest.approx(1)
        counts = stratum_counts(found.candidate, known)
        sums += counts
        expected += pools.size * shares
        variance += pools.size * shares * (1 - shares)
    deviates = (sums - expected) / np.sqrt(np.maximum(variance, 1e-9) * SPREAD.get(name_of(scenario), 1.0))
    assert np.abs(deviates[variance > 1]).max() < 4.5
    assert (deviates[variance > 1] ** 2).mean() < 2.2


@EVERY
def test_rows_without_labels(scenario, plain):
    if scenario.needs_labels:
        with pytest.raises(UsageError, match="labelled"):
            plant(scenario, plain, 0.4, np.random.default_rng(0))
        return
    found = plant(scenario, plain, 0.4, np.random.default_rng(0))
    assert len(found.candidate) == plain.size
    assert found.retention is None
    assert found.lost == ()
    assert {row.label for row in found.candidate} == {None}


def test_severity_lies_between_0_and_1(pools):
    for severity in (-0.1, 1.1):
        with pytest.raises(UsageError):
            plant(FreshReal(), pools, severity, np.random.default_rng(0))


# One by one


def test_sharpening_is_a_power(pools):
    found = Sharpening().apply(pools, 0.2, np.random.default_rng(0))
    power = pools.weights**1.2
    assert found.retention == pytest.approx(
        dict(zip(pools.strata, power / power.sum() / pools.weights, strict=True))
    )


def test_rare_strata_vanish_by_name(pools):
    found = RareThinning().apply(pools, 1.0, np.random.default_rng(0))
    assert set(found.lost) == set(pools.rare)
    assert not {row.stratum for row in found.candidate} & set(pools.rare)
    kept = RareThinning().apply(pools, 0.4, np.random.default_rng(0))
    rare = sum(pools.shares[stratum] for stratum in pools.rare)
    assert kept.retention[pools.rare[0]] == pytest.approx(0.6 / (1 - 0.4 * rare))
    assert kept.lost == ()
    # What need not be dropped stays.
    assert len(set(kept.candidate) & set(pools.source)) > 0.8 * pools.size


def test_resharing_keeps_what_it_can_and_is_exact():
    # Two strata, three quarters and a quarter, to be equal: a third of the first gives way.
    def rows(name, count, label):
        return tuple(Row(id=f"{name}{label}{i}", text=label, label=label) for i in range(count))

    counts, stayed = [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        first = int(rng.binomial(60, 0.75))
        pools = Pools(
            corpus="x",
            labelled=True,
            anchor=(),
            source=rows("s", first, "a") + rows("s", 60 - first, "b"),
            reserve=rows("r", 200, "a") + rows("r", 200, "b"),
            test=(),
            shares={"a": 0.75, "b": 0.25},
        )
        made, shares = reshare(pools, np.array([1.0, 1.0]), rng)
        assert shares == pytest.approx([0.5, 0.5])
        counts.append(sum(row.label == "a" for row in made))
        stayed.append(len(set(made) & set(pools.source)))
    assert np.mean(counts) == pytest.approx(30, abs=4 * np.sqrt(15 / 200))
    assert np.var(counts) == pytest.approx(15, rel=0.3)
    assert np.mean(stayed) == pytest.approx(45, abs=1)


@pytest.mark.parametrize("form", ["prefix", "suffix", "list"])
def test_a_template_changes_no_label_and_no_other_word(form, pools):
    found = Template(form=form).apply(pools, 0.4, np.random.default_rng(0))
    changed = 0
    for row, real in zip(found.candidate, pools.source, strict=True):
        assert row.label == real.label
        assert real.text in row.text
        changed += row.text != real.text
    assert changed / pools.size == found.facts["template_share"] == pytest.approx(0.4, abs=0.15)
    assert (
        len(
            {
                row.text.replace(real.text, "{}")
                for row, real in zip(found.candidate, pools.source, strict=True)
            }
        )
        == 2
    )


def test_homogenised_rows_lose_rare_words(pools):
    def words(rows):
        return Counter(word for row in rows for word in row.text.split())

    real = words(pools.source)
    rare = [word for word, count in real.items() if count <= 2]
    left = []
    for severity in (0.4, 1.0):
        found = Homogenising().apply(pools, severity, np.random.default_rng(0))
        assert [row.label for row in found.candidate] == [row.label for row in pools.source]
        made = words(found.candidate)
        assert set(made) <= set(real)
        left.append(sum(made[word] for word in rare))
    assert left[0] < 0.75 * sum(real[word] for word in rare)
    assert left[1] == 0
    assert found.facts["edit_rate"] > 0.1


@pytest.mark.parametrize("near", [False, True])
def test_repeats_leave_as_many_distinct_rows_as_declared(near, pools):
    found = Repeating(near=near).apply(pools, 1.0, np.random.default_rng(0))
    assert found.facts["distinct_rows"] == 50
    assert set(Counter(row.origins[0] for row in found.candidate).values()) == {4}
    groups = find_duplicates(read_tokens([row.text for row in found.candidate])).related
    assert len(set(groups.tolist())) == pytest.approx(50, abs=2)


def test_recursion_keeps_shares_and_loses_support(pools):
    found = Recursion().apply(pools, 0.4, np.random.default_rng(0))
    # F5: g at one real draw and four synthetic ones.
    assert found.facts["generations"] == 4
    assert found.facts["coverage_share"] == pytest.approx(0.312, abs=5e-4)
    assert found.facts["effective_rows"] == pytest.approx(62.4, abs=0.1)
    assert Recursion().dials(0.01)["generations"] == 1
    real, made = (
        {word for row in side for word in row.text.split()} for side in (pools.source, found.candidate)
    )
    assert made < real
    assert len(made) < 0.8 * len(real)


@pytest.mark.parametrize("by", ["temperature", "top_p"])
def test_decoding_thins_the_rare_strata(by, pools):
    kept = [
        Decoded(by=by).apply(pools, severity, np.random.default_rng(0)).facts["rare_survival"]
        for severity in (0.1, 0.4, 1.0)
    ]
    assert sorted(kept, reverse=True) == kept
    assert kept[0] < 1.1
    assert kept[-1] < 0.7


def test_accumulation_slows_the_loss_as_f18_says(corpus):
    measured, law = [], []
    for draw in range(3):
        pools = deal_pools(corpus, size=200, rng=np.random.default_rng([1, draw]))
        found = Accumulation().apply(pools, 0.4, np.random.default_rng(draw))
        rare = sum(pools.shares[stratum] for stratum in pools.rare)
        measured.append(sum(found.retention[s] * pools.shares[s] for s in pools.rare) / rare)
        law.append(found.facts["rare_retention_f18"])
    # s is not constant here: it falls as the strata shrink, so the law is a little kind.
    assert np.mean(measured) == pytest.approx(np.mean(law), abs=0.12)
    assert np.mean(measured) <= np.mean(law) + 0.03


@pytest.mark.parametrize("by", ["typicality", "likelihood", "confidence", "length", "judge"])
def test_filters_keep_as_much_of_reality_as_declared(by, pools):
    found = Filtering(by=by).apply(pools, 0.7, np.random.default_rng(0))
    assert found.facts["keep_share"] == pytest.approx(0.51)
    # keep_b = retention * keep, so that its mean over reality is the share kept.
    kept = np.array([found.retention[s] * found.facts["keep_share"] for s in pools.strata])
    assert pools.weights @ kept == pytest.approx(0.51)
    assert found.facts["kept_least"] < 0.51 < found.facts["kept_most"]
    if by != "judge":
        assert set(found.candidate) <= set(pools.reserve)


def test_a_filter_keeps_the_best_liked_of_the_mass():
    liked = np.array([0.1, 0.9, 0.5, 0.7])
    assert keeps(liked, np.full(4, 0.25), 0.5).tolist() == [False, True, False, True]
    assert keeps(liked, np.full(4, 0.25), 1.0).all()


def test_label_noise_mistakes_labels_evenly(pools):
    wrong, into = 0, Counter()
    for seed in range(40):
        found = LabelNoise().apply(pools, 0.4, np.random.default_rng(seed))
        for row, real in zip(found.candidate, pools.source, strict=True):
            assert row.text == real.text
            if row.label != real.label:
                wrong += 1
                into[(pools.strata.index(row.label) - pools.strata.index(real.label)) % 15] += 1
    assert wrong / 8_000 == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 8_000))
    assert sorted(into) == list(range(1, 15))
    assert max(into.values()) < 1.6 * min(into.values())


def test_a_mixture_is_diluted_by_its_rate(pools):
    pure = RareThinning().apply(pools, 1.0, np.random.default_rng(0))
    mixed = Mixture(of=RareThinning()).apply(pools, 0.5, np.random.default_rng(0))
    assert mixed.facts["real_rate"] == 0.6
    for stratum, kept in pure.retention.items():
        assert mixed.retention[stratum] == pytest.approx(0.6 + 0.4 * kept, abs=1e-6)
    assert mixed.causes == pure.causes
    made = Mixture(of=Recursion()).apply(pools, 0.5, np.random.default_rng(0))
    assert sum(row.id.startswith("D8") for row in made.candidate) == 80


def test_a_declared_mix_is_no_loss(pools):
    found = DeclaredMix().apply(pools, 1.0, np.random.default_rng(0))
    assert sum(found.declared.values()) == pytest.approx(1)
    assert found.lost == ()
    assert min(found.retention.values()) < 1


def test_longer_rows_lose_nothing(pools):
    found = Longer().apply(pools, 1.0, np.random.default_rng(0))
    for row, real in zip(found.candidate, pools.source, strict=True):
        assert row.text.startswith(real.text)
        assert row.label == real.label
    assert found.facts["joined_share"] > 0.95


def test_new_topics_are_new_to_the_anchor(pools):
    found = NewTopic().apply(pools, 1.0, np.random.default_rng(0))
    new = {row.stratum for row in found.candidate} - {row.stratum for row in found.anchor}
    assert len(new) == found.facts["new_strata"] >= 1
    assert found.candidate == pools.source
    assert set(found.retention.values()) == {1 - found.facts["new_share"]}
    assert found.facts["new_share"] <= 0.2 or len(new) == 1


def test_half_of_reality_is_no_new_topic():
    rows = [Row(id=f"{i}", text=f"row number {i}", label="ab"[i % 2]) for i in range(600)]
    pools = deal_pools(Corpus.of("two", rows), size=100, exponent=None, rng=np.random.default_rng(0))
    with pytest.raises(UsageError, match="at most 20% of the rows"):
        plant(NewTopic(), pools, 1.0, np.random.default_rng(0))
    exam = set_exam(pools, pools.strata)
    assert not exam.rare.any()


def test_deduplicated_rows_hold_no_repeats(corpus):
    rows = [Row(id=f"c{i}", text=row.text, label=row.label) for i, row in enumerate(corpus.rows)]
    doubled = type(corpus).of("doubled", [*corpus.rows, *rows])
    pools = deal_pools(doubled, size=200, rng=np.random.default_rng(0))
    texts = [row.text for row in pools.source]
    assert len(set(texts)) < 200
    found = Deduplicated().apply(pools, 1.0, np.random.default_rng(0))
    assert len({row.text for row in found.candidate}) == 200
    assert found.facts["removed_rows"] > 0


def test_more_varied_rows_are_more_varied(pools):
    def distinct(rows):
        pairs = [pair for row in rows for pair in zip(row.text.split(), row.text.split()[1:], strict=False)]
        return len(set(pairs[:1_000]))

    found = MoreDiverse().apply(pools, 1.0, np.random.default_rng(0))
    assert distinct(found.candidate) > 1.05 * distinct(pools.source)
    assert (stratum_counts(found.candidate, pools.strata) == stratum_counts(pools.source, pools.strata)).all()


def test_lost_means_less_than_half(pools):
    found = RareThinning().apply(pools, 0.7, np.random.default_rng(0))
    assert set(found.lost) == {s for s, kept in found.retention.items() if kept < LOST_BELOW}


@pytest.mark.parametrize("by", ["typicality", "likelihood", "confidence", "length"])
def test_a_filter_homogenises_and_is_biased_where_it_moves_a_tenth(pools, by):
    for severity in (0.1, 1.0):
        found = plant(Filtering(by=by), pools, severity, np.random.default_rng(5))
        moved = sum(abs(found.retention[s] - 1.0) * pools.shares[s] for s in pools.strata) / 2
        assert found.causes == ({"homogenization", "bias"} if moved >= 0.1 else {"homogenization"})


def test_a_judge_is_biased_and_no_label_shows_no_bias(pools, plain):
    assert plant(Filtering(by="judge"), pools, 0.4, np.random.default_rng(5)).causes == {"bias"}
    assert plant(Filtering(by="length"), plain, 1.0, np.random.default_rng(5)).causes == {"homogenization"}
