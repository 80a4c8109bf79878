"""The public fake: a whole probability model, read and sampled like any other, and which kind of model is opened."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from scipy.stats import chisquare

from holdfast.backends.models import ScriptedModel, open_model
from holdfast.backends.models.draws import draw
from holdfast.backends.models.windows import cut
from holdfast.errors import InputError, MissingExtra, UsageError

TEXTS = ["the sea is calm", "the sun is out", "a calm sea"]
HOSTILE = ["", " ", "\x00\x1b[31m", "half \ud83d pair", "\U0001f600 écru", "x" * 5_000]


@pytest.fixture(scope="module")
def model():
    return ScriptedModel.of(TEXTS, order=3)


def test_probabilities_sum_to_one(model):
    p = model._distribution("the"[-3:])
    assert p.sum() == pytest.approx(1.0)
    assert (p > 0).all()


def test_hostile_texts_are_read(model):
    found = model.score(HOSTILE)
    assert np.isfinite(found.bits).all()
    assert found.bytes.tolist() == [len(text.replace("\ud83d", "\ufffd").encode()) for text in HOSTILE]
    assert found.tokens.tolist() == found.bytes.tolist()
    assert len(model.score([])) == 0


def test_a_texts_bits_do_not_hang_on_its_neighbours(model):
    together = model.score([*TEXTS, *HOSTILE])
    assert [model.score([text]).row_bits[0] for text in TEXTS] == together.row_bits[: len(TEXTS)].tolist()


def test_samples_hang_on_seed_and_row_alone(model):
    found = model.sample(["the "] * 20, seed=1)
    assert found == model.sample(["the "] * 20, seed=1)
    assert found[:3] == model.sample(["the ", "the ", "the ", "a"], seed=1)[:3]
    assert found != model.sample(["the "] * 20, seed=2)
    assert len({sample.text for sample in found}) > 1


def test_what_is_cut_is_told(model):
    (sample,) = model.sample(["the "], seed=1, most_tokens=2)
    assert (len(sample.text), sample.finished) == (2, False)


def test_the_name_says_what_it_was_made_of(model):
    assert ScriptedModel.of(TEXTS, order=3) == model
    assert ScriptedModel.of(TEXTS, order=2).digest != model.digest
    assert ScriptedModel.of(TEXTS[:2], order=3).digest != model.digest
    assert model.name == f"scripted@{model.digest[7:15]}"


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.5, 1.0), (2.0, 0.8), (1.0, 0.3)])
def test_draws_follow_the_distribution(temperature, top_p):
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(3_000, 0.01))
    logits = np.log(np.maximum(p, 1e-300))
    wanted = np.maximum(p, 1e-300) ** (1 / temperature)
    order = np.argsort(-wanted, kind="stable")
    wanted /= wanted.sum()
    if top_p < 1:
        kept = order[: int(np.searchsorted(np.cumsum(wanted[order]), top_p)) + 1]
        wanted = np.where(np.isin(np.arange(3_000), kept), wanted, 0) / wanted[kept].sum()
    drawn = [draw(logits, rng.random(), temperature=temperature, top_p=top_p) for _ in range(4_000)]
    seen = np.bincount(drawn, minlength=3_000)
    assert (wanted[np.unique(drawn)] > 0).all()
    likely = wanted * 4_000 >= 5
    parts = [np.append(each[likely], each[~likely].sum()) for each in (seen, wanted * 4_000)]
    keep = parts[1] > 0
    if keep.sum() > 1:
        expected = parts[1][keep] * parts[0][keep].sum() / parts[1][keep].sum()
        assert chisquare(parts[0][keep], expected).pvalue > 1e-3


@pytest.mark.parametrize("limit", [2, 3, 7, 50])
@pytest.mark.parametrize("prefix", [99, None])
@pytest.mark.parametrize("skip", [0, 1, 4, 12])
def test_windows_score_every_token_once(limit, prefix, skip):
    tokens = list(range(1, 31))
    whole = ([] if prefix is None else [prefix]) + tokens
    first = max(skip, 0 if prefix is not None else 1)
    scored = []
    for window in cut(0, tokens, prefix, limit, skip=skip):
        assert len(window.read) <= limit
        assert len(window.scored) <= len(window.read)
        assert tokens[window.first : window.first + len(window.scored)] == list(window.scored)
        place = whole.index(window.scored[0])  # what is read ends just before the last one that is scored
        assert (
            list(window.read)
            == whole[place + len(window.scored) - 1 - len(window.read) : place + len(window.scored) - 1]
        )
        scored += window.scored
    assert scored == tokens[first:]


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="hf download"):
        open_model("openai-community/gpt2")
    with pytest.raises(InputError, match="no language model"):
        open_model(tmp_path)
    with pytest.raises(UsageError, match="--model-name"):
        open_model(tmp_path, name="gpt2")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(InputError, match="no weights"):
        open_model(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(InputError, match="pickle"):
        open_model(tmp_path)
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(InputError, match="adapter"):
        open_model(str(tmp_path))
    with pytest.raises(InputError, match="no such folder"):
        open_model("a\x00b")


def test_one_that_translates_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"is_encoder_decoder": true}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="causal"):
        open_model(tmp_path)


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is there")
def test_the_extra_is_named(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(MissingExtra, match=r"holdfast\[models\]"):
        open_model(tmp_path)
