"""Use: rows that teach what real rows ask for come first, and wrong ones last."""

from dataclasses import replace

import numpy as np
from small_world import hard_rows, rows

from holdfast.remedies.curate.select import ask_again, ask_learner, choose, quotas
from holdfast.remedies.curate.stock import stock_of
from holdfast.remedies.curate.use import Use
from holdfast.remedies.sides import read_beside
from holdfast.stats import ridge

FEW = {"balance": 40, "refund": 30, "transfer": 30, "lost": 25, "fees": 20, "estate": 18}


def stock(made, real):
    return stock_of(read_beside(made, real=real).sides)


def use_of(found):
    return Use(found, np.ones(len(found.strata), bool))


def test_wrong_labels_come_last():
    good, wrong = rows(2)[:300], rows(3)[:100]
    turned = [row | {"intent": "refund" if row["intent"] != "refund" else "balance"} for row in wrong]
    score = use_of(stock([*good, *turned], rows(1, FEW))).score
    assert score[:300].mean() > score[300:].mean() + 0.2
    found = stock([*good, *turned], rows(1, FEW))
    kept = np.ones(400, bool)
    joined = np.zeros(found.count, int)
    quota = quotas(found, kept, 150, "candidate", joined)
    chosen = choose(found, kept, quota, ask_again(found, kept, quota))
    # Words of another stratum are new ones: variety alone runs after them.
    assert ask_again(replace(found, labelled=False), kept, quota) is None
    various = choose(found, kept, quota)
    assert chosen[300:].sum() < 0.8 * 150 / 4 < various[300:].sum()


def test_rows_unlike_reality_come_last():
    """Half of the rows speak in other words than people do, each in some of them; labels are right."""
    plain, odd = hard_rows(2)[:250], hard_rows(3)[:250]
    dice = np.random.default_rng(1)
    stiff = [
        "furthermore",
        "moreover",
        "additionally",
        "henceforth",
        "thereby",
        "notwithstanding",
        "pertaining",
        "aforementioned",
    ]
    odd = [row | {"text": " ".join([*dice.choice(stiff, 3, replace=False), row["text"]])} for row in odd]
    score = use_of(stock([*plain, *odd], hard_rows(1, FEW))).score
    assert score[:250].mean() > score[250:].mean() + 0.2


def test_with_few_real_rows_a_stratum_nobody_asks_a_learner():
    """Then it would follow single rows: variety decides."""

    def asked(found):
        return ask_learner(found, np.ones(len(found.strata), bool))

    few = dict.fromkeys(FEW, 5)
    assert asked(stock(rows(2), rows(1, few))) is None
    assert asked(stock(rows(2), rows(1, FEW))) is not None
    bare = [{"text": row["text"]} for row in rows(2)]
    assert asked(stock(bare, rows(1, FEW))) is None


def test_influence_is_what_a_little_more_weight_does():
    """Against the loss itself: every row is given a little more weight, and real rows are predicted anew without themselves."""
    made, real = hard_rows(2)[:60], hard_rows(1, FEW)
    found = stock(made, real)
    use = use_of(found)
    rows_ = np.vstack([use._real.toarray(), use._made.toarray()])
    strata = np.concatenate([found.known, found.strata])
    signs = np.where(strata[:, None] == np.arange(found.count), 1.0, -1.0)
    mean = signs.mean(axis=0)
    m = len(real)
    sizes = np.bincount(found.known, minlength=found.count)
    weights = np.where(signs[:m] > 0, 1.0, 1.0 / (found.count - 1)) / sizes[found.known][:, None]

    kernel = rows_ @ rows_.T

    def loss(at, more):
        total = 0.0
        for j in range(m):
            kept = [k for k in range(len(rows_)) if k not in (j, m + at)]
            scale = np.ones(len(kept))
            if more:
                kept.append(m + at)
                scale = np.append(scale, more)
            root = np.sqrt(scale)
            system = root[:, None] * kernel[np.ix_(kept, kept)] * root[None, :] + np.eye(len(kept))
            dual = root[:, None] * np.linalg.solve(system, root[:, None] * (signs - mean)[kept])
            total += (weights[j] * (kernel[j, kept] @ dual + mean - signs[j]) ** 2).sum()
        return total

    falls = np.array([loss(at, 0.0) - loss(at, 0.05) for at in range(12)])
    score = use._influence(np.arange(len(made)))[:12]
    same = found.strata[:12]
    agree = [
        (falls[a] > falls[b]) == (score[a] > score[b])
        for a in range(12)
        for b in range(a)
        if same[a] == same[b]
    ]
    assert np.mean(agree) > 0.8


def test_rows_that_filters_dropped_teach_nothing():
    made, real = rows(2)[:200], rows(1, FEW)
    broken = [row | {"text": "refund " * 9} for row in made[:50]]
    kept = np.arange(250) < 200
    assert (
        Use(stock([*made, *broken], real), kept).score[:200] == use_of(stock(made, real)).score
    ).mean() > 0.95


def test_a_choice_of_everything_is_everything():
    made = rows(2)[:80]
    found = stock(made, rows(1, FEW))
    kept = np.ones(80, bool)
    quota = quotas(found, kept, 80, "candidate", np.zeros(found.count, int))
    assert choose(found, kept, quota, ask_again(found, kept, quota)).all()


def test_large_stocks_are_ranked_alike(monkeypatch):
    """Folded columns cost some of the order, not most of it."""
    made, real = rows(2), rows(1)
    exact = use_of(stock(made, real)).score
    monkeypatch.setattr(ridge, "MOST_ROWS", 0)
    assert np.corrcoef(exact, use_of(stock(made, real)).score)[0, 1] > 0.6
