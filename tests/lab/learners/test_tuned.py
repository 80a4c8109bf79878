"""A model tuned by LoRA: a tiny one, made here, learns what goes with a label, and its folder stays as it was."""

from collections import Counter

import numpy as np
import pytest

from holdfast.errors import InputError, MissingExtra, UsageError
from holdfast.lab.learners.learner import Decoding, Learner, Trained
from holdfast.lab.learners.saved import open_trained, train_into
from holdfast.lab.learners.tuned import TunedLearner

TEXTS = ["north wind blows cold", "south wind blows warm", "the east is red"] * 12
LABELS = ["n", "s", "e"] * 12


def write(trained, count, seed=1, shares=None, **decoding):
    return trained.write(
        count, decoding=Decoding(**decoding), rng=np.random.default_rng(seed), label_shares=shares
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A Llama of a few thousand weights that never learnt anything, and a tokenizer of words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = sorted({word for text in [*TEXTS, *LABELS] for word in text.split()})
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    names = [*special.values(), *words]
    tokenizer = Tokenizer(models.WordLevel({name: at for at, name in enumerate(names)}, unk_token=names[2]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    where = tmp_path_factory.mktemp("tiny")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(where)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        # More outputs than tokens, as some published models have.
        config = LlamaConfig(
            vocab_size=len(names) + 5,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=64,
            initializer_range=0.3,  # its own layers do not learn: what they say must be large enough to steer
            bos_token_id=0,
            eos_token_id=1,
        )
        LlamaForCausalLM(config).save_pretrained(where)
    return where


def learner(folder, **options):
    return TunedLearner(
        **{
            "folder": str(folder),
            "rank": 16,
            "epochs": 12,
            "batch": 12,
            "rate": 0.03,
            "most_tokens": 8,
            "device": "cpu",
        }
        | options
    )


def test_what_is_missing_is_named():
    try:
        import torch  # noqa: F401
    except ImportError:
        with pytest.raises(MissingExtra, match="torch") as caught:
            learner("nowhere").train(TEXTS, None, seed=1)
        assert "holdfast[tuning]" in str(caught.value)


@pytest.mark.models
def test_it_learns_what_goes_with_a_label(folder):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    said = []
    tuned: Learner = learner(folder)
    trained: Trained = tuned.train(TEXTS, LABELS, seed=1, progress=said.append)
    assert "no GPU" in said[0]
    assert len(said) == 13
    bits = trained.bits(TEXTS[:3], LABELS[:3])
    assert bits.dtype == np.float64
    assert (bits < trained.bits(TEXTS[:3], ["s", "e", "n"])).all()
    untuned = learner(folder, epochs=0).train(TEXTS, LABELS, seed=1)
    assert (bits < untuned.bits(TEXTS[:3], LABELS[:3])).all()
    right = dict(zip(LABELS, TEXTS, strict=True))
    rows = write(trained, 60, temperature=0.5)
    assert np.mean([text == right[label] for label, text in rows]) > 0.8
    asked = Counter(
        label for label, _ in write(trained, 200, shares={"n": 0.9, "s": 0.1, "moon": 2.0}, temperature=0.5)
    )
    assert set(asked) == {"n", "s"}
    assert 160 < asked["n"] < 197
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.models
def test_the_same_seed_gives_the_same_bytes(folder):
    import torch

    state = torch.get_rng_state()
    short = learner(folder, epochs=1)
    one, two, other = (short.train(TEXTS, None, seed=seed) for seed in (3, 3, 4))
    assert write(one, 20) == write(two, 20) != write(two, 20, seed=2)
    assert (one.bits(TEXTS, None) == two.bits(TEXTS, None)).all()
    assert (one.bits(TEXTS, None) != other.bits(TEXTS, None)).any()
    assert torch.equal(state, torch.get_rng_state())
    rows = write(one, 40)
    assert {label for label, _ in rows} == {""}
    # An untaught model ends at once if it may: no text is empty all the same, and none is longer than asked.
    assert all(1 <= len(text.split()) <= 8 for _, text in rows)
    assert not any(name in text for _, text in rows for name in ("<s>", "<unk>"))


@pytest.mark.models
def test_bits_are_the_models_own(folder):
    import torch

    trained = learner(folder, epochs=1).train(TEXTS, None, seed=3)
    lead, rest = trained.spell(TEXTS[0], "")
    with torch.no_grad():
        logs = torch.log_softmax(trained.model(input_ids=torch.tensor([lead + rest])).logits[0], dim=-1)
    alone = -sum(float(logs[at, token]) for at, token in enumerate(rest)) / np.log(2)
    # Read beside a longer text, and so filled up.
    assert trained.bits([TEXTS[0], " ".join(TEXTS[:3])], None)[0] == pytest.approx(alone, rel=1e-4)


@pytest.mark.models
def test_what_cannot_be_done_is_said(folder, tmp_path):
    with pytest.raises(InputError, match="no model"):
        learner(tmp_path).train(TEXTS, None, seed=1)
    with pytest.raises(InputError, match="no text"):
        learner(folder).train([" "], None, seed=1)
    with pytest.raises(UsageError, match="labels"):
        learner(folder).train(TEXTS, ["n"], seed=1)
    trained = learner(folder, epochs=0).train(TEXTS, None, seed=1)
    with pytest.raises(UsageError, match="without labels"):
        write(trained, 1, shares={"n": 1.0})
    with pytest.raises(UsageError):
        write(trained, 1, temperature=0)


@pytest.mark.models
def test_adapters_that_were_kept_are_those_that_are_opened(folder, tmp_path):
    pytest.importorskip("peft")
    kept = train_into(tmp_path / "m", TunedLearner(folder=str(folder), epochs=1), TEXTS, LABELS, seed=2)
    opened = open_trained(tmp_path / "m")
    assert np.array_equal(kept.bits(TEXTS[:6], LABELS[:6]), opened.bits(TEXTS[:6], LABELS[:6]))
    assert write(kept, 6) == write(opened, 6)
