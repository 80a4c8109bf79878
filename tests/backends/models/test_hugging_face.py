"""A model on disk: what texts cost it agrees with its own forward pass; what it writes hangs on seed and row alone."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from tiny_generators import save_gpt2, save_llama, sentences

from holdfast.backends.models import open_model
from holdfast.errors import InputError

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = [
    pytest.mark.models,
    # The libraries' own, of parts of Python that they still use.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

HOSTILE = [
    "",
    " ",
    "\n\n",
    "a\x00b\x1b[31m",
    "half \ud83d pair",
    "\U0001f600 écru naïve",
    "x" * 3000,
    "<|begin|>",
]
KINDS = {"gpt2": save_gpt2, "llama": save_llama}


@pytest.fixture(scope="module", params=list(KINDS))
def folder(request, tmp_path_factory):
    return KINDS[request.param](tmp_path_factory.mktemp("tiny") / request.param)


@pytest.fixture(scope="module")
def model(folder):
    return open_model(folder)


def rolled(tokens: list[int], prefix: int, limit: int) -> list[tuple[list[int], list[int]]]:
    """What lm-evaluation-harness reads and scores, written from its description."""
    if not tokens:
        return []
    first = min(limit, len(tokens))
    windows = [([prefix, *tokens[: first - 1]], tokens[:first])]
    done = first
    while done < len(tokens):
        count = min(len(tokens) - done, limit)
        end = done + count
        windows.append((tokens[end - limit - 1 : end - 1], tokens[end - count : end]))
        done = end
    return windows


def alone(folder, text: str) -> tuple[float, int, list[float]]:
    """Bits of a text, its tokens, and the entropy at each, from the model's own forward pass, one window at a time."""
    net = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
    limit = net.config.max_position_embeddings
    bits, entropy = 0.0, []
    for read, scored in rolled(tokens, tokenizer.bos_token_id, limit):
        with torch.inference_mode():
            logs = torch.log_softmax(net(torch.tensor([read])).logits[0].double(), -1)[-len(scored) :]
        bits -= sum(float(logs[place, token]) for place, token in enumerate(scored)) / math.log(2)
        inner = torch.log_softmax(logs[:, 1:], -1)  # token 0 ends a text
        known = -(inner.exp() * inner).sum(-1) / math.log(2)
        entropy += [
            math.nan if token == 0 else float(value) for token, value in zip(scored, known, strict=True)
        ]
    return bits, len(tokens), entropy


def test_bits_agree_with_the_models_own_forward_pass(folder, model):
    texts = [*sentences(25, 3, most=90), *HOSTILE]
    found = model.score(texts)
    for row, text in enumerate(texts):
        bits, tokens, entropy = alone(folder, text.replace("\ud83d", "\ufffd"))
        assert found.tokens[row] == tokens
        assert found.row_bits[row] == pytest.approx(bits, rel=1e-6)
        mine = found.entropy[found.starts[row] : found.starts[row + 1]]
        if "<|begin|>" not in text:
            assert mine == pytest.approx(entropy, rel=1e-4)
        assert found.bytes[row] == len(text.replace("\ud83d", "\ufffd").encode())
    assert not found.unread.any()


def test_a_texts_bits_do_not_hang_on_its_neighbours(model):
    texts = sentences(40, 5, most=60)
    together, turned = model.score(texts), model.score(texts[::-1])
    assert together.row_bits == pytest.approx(turned.row_bits[::-1], rel=1e-6)
    for row in (0, 7, 39):
        assert model.score([texts[row]]).row_bits[0] == pytest.approx(together.row_bits[row], rel=1e-6)


def test_probabilities_are_whole(model):
    found = model.score(sentences(30, 6))
    assert (found.confidence > 0).all()
    assert (found.top >= found.confidence - 1e-9).all()
    assert (found.top <= 1 + 1e-6).all()
    assert (found.among >= found.right).all()
    assert (found.entropy >= 0).all()
    assert 2 ** -found.surprise[found.right] == pytest.approx(found.confidence[found.right], rel=1e-5)
    assert (found.surprise <= found.bits + 1e-6).all()


def test_samples_hang_on_seed_and_row_alone(model):
    prompts = ["", "the of", "and", "", "the of", "to in is you"] * 8
    found = model.sample(prompts, seed=3, most_tokens=12)
    assert found == model.sample(prompts, seed=3, most_tokens=12)
    assert found[:5] == model.sample(prompts[:5], seed=3, most_tokens=12)
    # Other company in the batch, and another size of it.
    other = model.sample(["", "the of", "", "", "and", "and"], seed=3, most_tokens=12)
    assert [other[row] for row in (0, 1, 3)] == [found[row] for row in (0, 1, 3)]
    assert model.sample(prompts, seed=4, most_tokens=12) != found
    assert len({sample.text for sample in found}) > 40


def test_samples_follow_the_models_distribution(folder, model):
    """First tokens, drawn 2,000 times, against the model's own probabilities (chi-square, 320 tokens)."""
    from scipy.stats import chisquare

    net = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    with torch.inference_mode():
        p = torch.softmax(net(torch.tensor([[0]])).logits[0, -1].double(), -1).numpy()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    drawn = model.sample([""] * 2_000, seed=1, most_tokens=1)
    spelled = {tokenizer.decode([token], skip_special_tokens=True): 0.0 for token in range(len(p))}
    counts = dict.fromkeys(spelled, 0)
    for token in range(len(p)):
        spelled[tokenizer.decode([token], skip_special_tokens=True)] += p[token]
    for sample in drawn:
        counts[sample.text] += 1
    expected = 2_000 * np.array(list(spelled.values()))
    seen = np.array(list(counts.values()))
    rare = expected < 5
    parts = [np.append(values[~rare], values[rare].sum()) for values in (seen, expected)]
    assert chisquare(parts[0], parts[1] * parts[0].sum() / parts[1].sum()).pvalue > 1e-3


def test_a_sample_stays_within_the_models_reach(model):
    (cut,) = model.sample(["the of"], seed=0, most_tokens=10_000)
    assert len(cut.text) > 0
    with pytest.raises(InputError, match="prompt 2"):
        model.sample(["the", "the of " * 200], seed=0)


def test_without_a_beginning_the_first_character_is_not_counted(tmp_path):
    folder = save_gpt2(tmp_path / "nobegin", begin=False)
    found = open_model(folder).score(["écru", "the of and", "", "x"])
    assert found.bytes.tolist() == [3, len(b"the of and") - 3, 0, 0]
    assert found.unread.tolist() == [False, False, False, True]
    assert "not scored" in found.notes[0]
    with pytest.raises(InputError, match="--prompts"):
        open_model(folder).sample([""], seed=0)
    assert open_model(folder).sample(["the"], seed=0, most_tokens=3)[0].text


def test_the_name_says_the_content(folder, model):
    assert model.name == f"{folder.name}@{model.digest[7:15]}"
    assert (model.kind, model.where) == ("hugging_face", str(folder))
    assert open_model(folder).digest == model.digest


def test_weights_that_are_missing_are_told(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = save_llama(tmp_path / "holes")
    weights = load_file(folder / "model.safetensors")
    weights.pop(next(name for name in weights if "layers.1" in name))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="weights are missing"):
        open_model(folder)


def test_what_looks_ahead_is_refused(tmp_path):
    folder = tmp_path / "bert"
    save_gpt2(folder)
    size = json.loads((folder / "config.json").read_text())["vocab_size"]
    config = transformers.BertConfig(
        vocab_size=size,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        initializer_range=0.5,
    )
    (folder / "model.safetensors").unlink()
    transformers.BertLMHeadModel(config).save_pretrained(folder)
    with pytest.raises(InputError, match="causal"):
        open_model(folder)


def test_a_program_of_the_models_own_is_not_run(tmp_path):
    folder = save_gpt2(tmp_path / "own")
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "model_type": "own",
        "auto_map": {"AutoModelForCausalLM": "own.Model", "AutoConfig": "own.Config"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(InputError, match="cannot be opened"):
        open_model(folder)
    assert not (tmp_path / "ran").exists()


def test_a_long_line_is_read(model):
    found = model.score(["the of and " * 8_000])
    assert found.bytes[0] == 88_000
    assert np.isfinite(found.row_bits[0])
