"""The planner: its formulas against theory, its forecasts against loops that were run."""

import numpy as np
import pytest
from scipy.stats import binom

from holdfast.errors import InputError, UsageError
from holdfast.remedies.plan import Counts, Loop, forecast, plan, plan_ratio
from holdfast.remedies.plan import formulas as f
from holdfast.remedies.plan.forecast import sharpening
from holdfast.remedies.plan.survival import draw_survival


def counts(real, made, *, rows=None):
    real, made = np.array(real, float), np.array(made, float)
    return Counts(
        names=tuple(f"s{i}" for i in range(len(real))),
        real=real,
        made=made,
        real_rows=rows or real.sum(),
        made_rows=rows or made.sum(),
    )


# From table 7.2 of the reference: the share of real rows that keeps R at survival s.
@pytest.mark.parametrize(
    ("kept", "row"),
    [
        (0.5, [0.05, 0.09, 0.17, 0.33]),
        (0.8, [0.17, 0.29, 0.44, 0.67]),
        (0.9, [0.31, 0.47, 0.64, 0.82]),
        (0.95, [0.49, 0.66, 0.79, 0.91]),
    ],
)
def test_needed_shares(kept, row):
    assert np.allclose(f.needed_share([0.95, 0.9, 0.8, 0.5], kept), row, atol=0.006)


@pytest.mark.parametrize("s", [0.3, 0.8, 0.97])
def test_the_needed_share_keeps_what_was_asked(s):
    for kept in (0.5, 0.9):
        assert f.retention_in_the_long_run(s, f.needed_share(s, kept)) == pytest.approx(kept)
        for rounds in (1, 4, 30):
            w = f.needed_share_after(s, kept, rounds)
            assert f.retention_mixed(s, w, rounds) >= kept - 1e-9
            assert w <= f.needed_share(s, kept) + 1e-9
    assert f.needed_share(1.1, 0.9) == 0.0


def test_noise_is_what_was_published():
    assert f.noise_accumulated(10_000) == pytest.approx(np.pi**2 / 6, abs=1e-3)
    assert f.noise_subsampled(60) == pytest.approx(2.89, abs=0.01)
    assert f.noise_replayed([0.25, 1, 4, 16]) - 1 == pytest.approx([0.167, 0.333, 0.444, 0.485], abs=1e-3)
    for k in (4.0, 1.0, 0.25):
        best = f.best_weight(k)
        grid = np.linspace(0.01, 0.99, 99)
        assert f.noise_of_weight(best, k) == pytest.approx(best)
        assert f.noise_of_weight(grid, k).min() >= best - 1e-6
    assert f.filtered_error(0.3, 0.9, 0.6) == pytest.approx(0.3 * 0.6 / (0.3 * 0.6 + 0.7 * 0.9))
    assert f.share_of_unknown(0.5, 1.0, 0.0) == 1.0


def test_intervals_of_survival_hold_what_is_true():
    rng = np.random.default_rng(0)
    share, true, hits, trials = 0.05, 0.8, 0, 400
    for _ in range(trials):
        real, made = rng.binomial(3_000, share), rng.binomial(3_000, share * true)
        drawn = draw_survival(counts([real], [made], rows=3_000), 500, rng)
        low, high = np.quantile(drawn, (0.05, 0.95))
        hits += low <= true <= high
    assert binom.cdf(hits, trials, 0.9) > 0.001
    assert binom.sf(hits - 1, trials, 0.9) > 0.001


def biased(shares, rng):
    """Some strata are written less, whatever their share."""
    factor = np.where(np.arange(len(shares)) % 3 == 0, 0.7, 1.0)
    return shares * factor


def typical(shares, rng):
    """Temperature 0.9: what is rare becomes rarer, and more so the rarer it is."""
    return shares ** (1 / 0.9)


def fair(shares, rng):
    return shares


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["mix", "replace", "accumulate"])
@pytest.mark.parametrize("sampler", [fair, biased, typical])
def test_loops_end_where_the_forecast_says(sampler, protocol):
    """At least 80 % of strata inside their 90 % interval after six rounds, over loops that differ in everything."""
    inside = total = 0
    for seed in range(12):
        rng = np.random.default_rng([seed, 3])
        shares = np.arange(1, 21) ** -0.8
        shares = rng.permutation(shares / shares.sum())
        rows, w = 4_000, 0.25
        real = rng.multinomial(rows, shares)
        mix, pool, made = shares, [shares], []
        for _ in range(6):
            drawn = sampler(mix, rng)
            made.append(rng.multinomial(rows, drawn / drawn.sum()))
            written = made[-1] / rows
            pool.append(written)
            if protocol == "mix":
                mix = w * rng.multinomial(int(w * rows), shares) / int(w * rows) + (1 - w) * written
            else:
                mix = written if protocol == "replace" else np.mean(pool, axis=0)
        found = plan_ratio(
            counts(real, made[0]), rounds=6, protocol=protocol, real_share=w, rng=np.random.default_rng(seed)
        )
        for stratum in found.strata:
            at = int(stratum.name[1:])
            total += 1
            inside += stratum.retention.low <= mix[at] / shares[at] <= stratum.retention.high
    assert inside / total >= 0.8, inside / total


def test_a_fair_generation_needs_no_real_rows():
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.full(20, 3.0))
    asked = sum(
        plan_ratio(counts(rng.multinomial(4_000, shares), rng.multinomial(4_000, shares)), rng=rng).verdict
        != "none_needed"
        for _ in range(60)
    )
    assert binom.sf(asked - 1, 60, 0.05) > 0.001


def test_the_stratum_that_loses_most_decides():
    found = plan_ratio(counts([500, 300, 200, 100], [600, 310, 170, 40]), rng=np.random.default_rng(0))
    assert found.verdict == "plan"
    assert found.binding == found.strata[0].name == "s3"
    assert found.strata[0].state == "lost"
    survival = found.strata[0].survival
    assert survival.low < 0.4 / (1120 / 1100) < survival.high
    assert found.real_share.median == pytest.approx(f.needed_share(survival.median, 0.9), abs=0.02)
    assert found.strata[0].quota.median == pytest.approx(1 / survival.median, rel=0.05)
    assert found.fresh.median < found.real_share.median
    assert found.strata[0].retention.low < 0.9 < found.strata[0].retention.high


def test_a_stratum_of_few_rows_is_refused_and_says_how_many_it_takes():
    found = plan_ratio(counts([3_990, 12], [4_000, 0]), rng=np.random.default_rng(0))
    assert found.verdict == "refused"
    assert found.real_share is None
    assert "12 real rows and 20 are needed" in found.sentence
    assert "8 more of it" in found.sentence


def test_many_rare_strata_are_planned_for_as_one():
    found = plan_ratio(counts([1_000] + [8] * 10, [1_060] + [2] * 10), rng=np.random.default_rng(0))
    assert found.verdict == "plan"
    assert found.binding == "the 10 rarest strata"
    assert found.strata[0].pooled == 10


def test_what_is_never_made_has_no_quota():
    found = plan_ratio(counts([900, 100], [1_000, 0]), rng=np.random.default_rng(0))
    assert found.strata[0].quota is None
    assert "ask for it by name" in found.sentence


def test_rarer_strata_that_lose_more_are_seen():
    shares = np.arange(1, 31) ** -1.0
    shares /= shares.sum()
    weight = np.full(30, 400.0)
    made = shares ** (1 / 0.8)
    assert sharpening(made / made.sum() / shares, shares, weight) == pytest.approx(0.25, abs=0.01)
    assert sharpening(np.exp(np.random.default_rng(0).normal(0, 0.05, 30)), shares, weight) == 0.0


@pytest.mark.parametrize("protocol", ["replace", "accumulate"])
def test_a_protocol_without_real_rows_is_not_said_to_be_held_by_them(protocol):
    found = plan_ratio(
        counts([500, 300, 200], [600, 320, 80]),
        protocol=protocol,
        real_share=0.5,
        rng=np.random.default_rng(0),
    )
    assert found.sentence.startswith(f"Protocol {protocol} takes in no real rows: after 5 rounds 's2' has")
    assert found.judged_share == 0.0
    assert found.strata[0].retention.high < 0.5


def test_accumulating_does_not_cure_a_bias():
    rng = np.random.default_rng(0)
    drawn = np.full((200, 1), 0.7)
    loop = {"real_share": 0.0, "rows": 20_000, "rounds": 20}
    pooled = forecast(Loop(protocol="accumulate", **loop), drawn, np.array([0.05]), 0.0, rng)[:, :, 0].mean(
        axis=1
    )
    assert (np.diff(pooled) < 0).all()
    replaced = forecast(Loop(protocol="replace", **loop), drawn, np.array([0.05]), 0.0, rng)[-1].mean()
    assert pooled[-1] > 10 * replaced


@pytest.mark.parametrize(
    ("option", "where"),
    [
        ({"retention": 1.0}, "--retention"),
        ({"rounds": 0}, "--rounds"),
        ({"real_share": 1.5}, "--real-share"),
        ({"protocol": "hope"}, "--protocol"),
    ],
)
def test_options_outside_their_range(option, where):
    with pytest.raises(UsageError, match=where):
        plan_ratio(counts([10, 10], [10, 10]), rng=np.random.default_rng(0), **option)


def test_from_rows(real, made):
    found = plan([row for row in made if row["intent"] != "fees"], real=real)
    fees = next(stratum for stratum in found.strata if stratum.name == "fees")
    assert (fees.made, fees.state) == (0, "lost")
    assert found.verdict == "plan"
    with pytest.raises(InputError, match="only one stratum"):
        plan([{"text": f"a b {i}"} for i in range(9)], real=[{"text": f"c d {i}"} for i in range(9)])
