"""History: rounds that agree sharpen the ratio, a round that does not moves it, and it says why."""

import dataclasses

import msgspec
import numpy as np
import pytest
from small_world import rows

from holdfast.errors import InputError
from holdfast.remedies.plan import plan, plan_ratio
from holdfast.remedies.plan.history import Round, join, moved, read_history
from holdfast.remedies.plan.survival import Counts, Seen, draw_survival, pool_rare

SHARES = np.array([0.5, 0.2, 0.1, 0.08, 0.06, 0.04, 0.02])
NAMES = tuple("abcdefg")


def one_round(rng, kept, *, trained=None, rows_=4_000):
    """Counts of a round whose generator keeps so much of each stratum of what it learnt from."""
    real = rng.multinomial(rows_, SHARES).astype(float)
    shares = SHARES if trained is None else trained
    made = rng.multinomial(rows_, shares * kept / (shares * kept).sum()).astype(float)
    seen = None
    if trained is not None:
        every = np.ones(len(NAMES)) * rows_
        before = rng.multinomial(rows_, trained).astype(float)
        seen = Seen(before=before, before_rows=every, after=made, after_rows=every)
    return Counts(names=NAMES, real=real, made=made, real_rows=rows_, made_rows=rows_, seen=seen)


def planned(counts, history, seed=0):
    counts = pool_rare(counts)
    past = join(counts, read_history(history))
    found = plan_ratio(past.counts, rng=np.random.default_rng(seed))
    alone = dict(zip(counts.names, counts.evidence.rows(), strict=True))
    strata = tuple(dataclasses.replace(s, seen=alone[s.name]) for s in found.strata)
    return dataclasses.replace(found, strata=strata, moved=moved(found, past)), past


FALLING = np.array([1.1, 1.0, 1.0, 1.0, 1.0, 0.8, 0.6])


def test_survival_is_read_against_what_the_generator_learnt_from():
    """A stratum that had shrunk before is not said to have shrunk again."""
    trained = SHARES * np.array([1, 1, 1, 1, 1, 0.5, 1])
    trained /= trained.sum()
    counts = one_round(np.random.default_rng(1), np.ones(7), trained=trained, rows_=20_000)
    survivals = np.median(draw_survival(counts, 2_000, np.random.default_rng(0)), axis=0)
    assert survivals[5] == pytest.approx(1.0, abs=0.12)
    naive = dataclasses.replace(counts, seen=None)
    assert np.median(draw_survival(naive, 2_000, np.random.default_rng(0)), axis=0)[5] < 0.65


def test_rounds_that_agree_sharpen_the_ratio_and_it_stays():
    rng = np.random.default_rng(2)
    first, _ = planned(one_round(rng, FALLING), [])
    second, _ = planned(one_round(rng, FALLING), [first])
    third, past = planned(one_round(rng, FALLING), [first, second])
    assert past.rounds == 3
    assert third.binding == "g"
    width = [found.real_share.high - found.real_share.low for found in (first, third)]
    assert width[1] < 0.8 * width[0]
    assert third.moved.after == third.moved.before
    assert "no reason to move" in third.moved.why


def test_a_learner_that_begins_to_lose_moves_the_ratio_and_says_why():
    rng = np.random.default_rng(3)
    worse = FALLING * np.array([1, 1, 1, 1, 1, 1, 0.3])
    first, _ = planned(one_round(rng, FALLING), [])
    second, past = planned(one_round(rng, worse), [first])
    assert [name for name, _, _ in past.changed] == ["g"]
    assert second.moved.after > second.moved.before
    assert "survival is not constant" in second.moved.why
    assert "'g'" in second.moved.why


def test_a_stratum_that_vanishes_is_seen():
    """Of no rows a logarithm knows nothing."""
    first, _ = planned(one_round(np.random.default_rng(6), np.ones(7)), [])
    gone, past = planned(one_round(np.random.default_rng(7), np.array([1, 1, 1, 1, 1, 1, 0.0])), [first])
    assert [name for name, _, _ in past.changed] == ["g"]
    assert gone.binding == "g"


def test_a_loop_that_was_mended_needs_no_more():
    rng = np.random.default_rng(4)
    first, _ = planned(one_round(rng, FALLING * np.array([1, 1, 1, 1, 1, 1.25, 0.3])), [])
    second, _ = planned(one_round(rng, np.ones(7)), [first])
    assert second.verdict == "none_needed"
    assert (second.moved.before, second.moved.after) == (first.real_share.median, None)


def test_constant_survival_is_seldom_called_changed():
    """5 % over all strata of a round, by Holm."""
    called = 0
    for seed in range(120):
        rng = np.random.default_rng(100 + seed)
        first = pool_rare(one_round(rng, FALLING))
        # What a plan hands on of a round: the ratio it comes to has no say in this.
        earlier = Round(
            strata=dict(zip(first.names, first.evidence.rows(), strict=True)),
            real_share=None,
            low=None,
            high=None,
        )
        called += bool(join(pool_rare(one_round(rng, FALLING)), [earlier]).changed)
    assert called <= 13  # binomial(120, .05): 13 or fewer in 99.5 %


def test_what_was_seen_earlier_is_not_counted_twice():
    rng = np.random.default_rng(5)
    first, _ = planned(one_round(rng, FALLING), [])
    second, _ = planned(one_round(rng, FALLING), [first])
    for stratum in second.strata:
        assert stratum.seen[1] == 4_000  # this round's rows alone


def test_files_and_plans_say_the_same(tmp_path):
    real, made = rows(1), rows(2)
    first = plan(made, real=real)
    file = tmp_path / "plan.json"
    file.write_bytes(msgspec.json.encode({"schema": "holdfast.plan/1"} | dataclasses.asdict(first)))
    one = plan(rows(3), real=real, history=[first])
    other = plan(rows(3), real=real, history=[file])
    assert one == other
    assert one.moved is not None
    assert plan(rows(3), real=real, trained_on=rows(4)).strata[0].seen[1] == len(rows(4))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no json", "cannot be read"),
        ("[]", "no plan"),
        ('{"schema": "holdfast.plan/1", "real_share": null}', "lacks 'strata'"),
    ],
)
def test_a_wrong_file_is_an_error(tmp_path, text, why):
    file = tmp_path / "plan.json"
    file.write_text(text)
    with pytest.raises(InputError, match=why):
        read_history([file])


def test_strata_that_nobody_labelled_cannot_be_counted():
    bare = [{"text": row["text"]} for row in rows(1)]
    with pytest.raises(InputError):
        plan([{"text": row["text"]} for row in rows(2)], real=bare, trained_on=bare)
