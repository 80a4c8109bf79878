"""Ridge: the same as solving the problem outright, with each row left out in turn."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from holdfast.stats import ridge
from holdfast.stats.ridge import Ridge, fold_columns


def world(seed, rows=40, columns=25, targets=3):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, columns)) * (rng.random((rows, columns)) < 0.3)
    return values, rng.normal(size=(rows, targets))


def solved(rows, targets):
    return np.linalg.solve(rows.T @ rows + np.eye(rows.shape[1]), rows.T @ targets)


@pytest.mark.parametrize("most", [3_000, 0])
def test_both_systems_give_the_same(monkeypatch, most):
    """By rows and by columns: weights, leave-one-out fits, leverage and spread against the definition."""
    monkeypatch.setattr(ridge, "MOST_ROWS", most)
    rows, targets = world(1)
    fit = Ridge(csr_array(rows))
    assert fit.weights(targets) == pytest.approx(solved(rows, targets))
    left_out = [
        rows[at] @ solved(np.delete(rows, at, 0), np.delete(targets, at, 0)) for at in range(len(rows))
    ]
    assert fit.unseen(targets) == pytest.approx(np.array(left_out))
    inverse = np.linalg.inv(rows.T @ rows + np.eye(25))
    assert fit.leverage == pytest.approx(np.einsum("ij,jk,ik->i", rows, inverse, rows))
    pull = world(2, rows=25)[1]
    assert fit.spread(pull) == pytest.approx(inverse @ pull)


def test_few_rows_keep_their_columns_and_many_are_folded(monkeypatch):
    rng = np.random.default_rng(3)
    values = rng.normal(size=(60, 9_000)) * (rng.random((60, 9_000)) < 0.01)
    rows = csr_array(values / np.linalg.norm(values, axis=1, keepdims=True))
    assert fold_columns(rows, 60) is rows
    monkeypatch.setattr(ridge, "MOST_ROWS", 10)
    folded = fold_columns(rows, 60)
    assert folded.shape == (60, ridge.HASHED)
    off = (folded @ folded.T - rows @ rows.T).toarray()
    assert np.sqrt((off**2).mean()) < 2 / 64
    assert fold_columns(rows, 60).toarray() == pytest.approx(folded.toarray())


def test_rows_that_are_not_numbers_are_refused():
    with pytest.raises(ValueError, match="finite"):
        Ridge(csr_array(np.array([[np.nan, 1.0]])))
