"""Models of sentence-transformers, and the ONNX form of the same weights against them.

torch is large, so this runs only where `pip install 'holdfast[models]'` was done.
"""

import json
import shutil
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
sentence_transformers = pytest.importorskip("sentence_transformers")
transformers = pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.torch")
tokenizers = pytest.importorskip("tokenizers")
# What the libraries warn of at each other is not ours.
pytestmark = [
    pytest.mark.models,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

from tiny_models import write_json  # noqa: E402 - after the question whether there is anything to test

from holdfast.backends.encoders import open_encoder  # noqa: E402
from holdfast.errors import InputError  # noqa: E402

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *"abcdefghijklmnopqrstuvwxyz",
    *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"),
]
TEXTS = [
    "how do i reset my password",
    "a",
    "",
    "Please RESET now",
    "x" * 300,
    "b c",
    "unwritten ünïcödé 7",
    "a",
    "q " * 400,
]
_reached = []
sys.addaudithook(
    lambda event, _: _reached.append(event) if event in ("socket.connect", "socket.getaddrinfo") else None
)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A text model as Hugging Face saves it."""
    folder = tmp_path_factory.mktemp("models") / "tiny-bert"
    torch.manual_seed(3)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=64,
        initializer_range=0.5,
        attn_implementation="eager",
    )
    transformers.BertModel(config).save_pretrained(folder)
    transformers.BertTokenizerFast(
        vocab={word: place for place, word in enumerate(WORDS)}, model_max_length=64
    ).save_pretrained(folder)
    return folder


@pytest.fixture
def bert(plain, tmp_path):
    return shutil.copytree(plain, tmp_path / "tiny-bert")


def saved(plain, folder, *, mode="mean", **options):
    """The same as sentence-transformers saves it."""
    modules = sentence_transformers.sentence_transformer.modules
    transformer = modules.Transformer(
        str(plain), max_seq_length=options.pop("limit", 32), do_lower_case=options.pop("lowercase", False)
    )
    pooling = modules.Pooling(16, pooling_mode=mode)
    sentence_transformers.SentenceTransformer(
        modules=[transformer, pooling, modules.Normalize()], **options
    ).save(str(folder))
    return folder


def exported(folder):
    """The same folder with an ONNX file in it."""
    model = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    fed = (
        torch.ones(2, 5, dtype=torch.long),
        torch.ones(2, 5, dtype=torch.long),
        torch.zeros(2, 5, dtype=torch.long),
    )
    open_ = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        States(model),
        fed,
        str(folder / "model.onnx"),
        input_names=names,
        output_names=["last_hidden_state"],
        dynamic_axes=dict.fromkeys([*names, "last_hidden_state"], open_),
        dynamo=False,
        opset_version=17,
    )
    return folder


class States(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[
            0
        ]


def by_library(folder, texts):
    rows = (
        sentence_transformers.SentenceTransformer(str(folder), device="cpu").encode(texts).astype(np.float64)
    )
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def cosines(left, right):
    return (left.astype(np.float64) * right).sum(axis=1)


def test_a_saved_model_gives_what_its_library_gives_and_stays_at_home(plain, tmp_path):
    folder = saved(plain, tmp_path / "mini")
    _reached.clear()
    encoder = open_encoder(folder)
    rows = encoder.encode(TEXTS)
    assert _reached == []
    np.testing.assert_allclose(rows, by_library(folder, TEXTS), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(rows, encoder.encode(TEXTS))
    np.testing.assert_array_equal(rows, open_encoder(folder).encode(TEXTS))
    np.testing.assert_array_equal(rows[1], rows[7])
    assert rows.dtype == np.float32
    assert encoder.name.startswith("mini@")
    assert encoder.blind_to == "what a text says after its first 32 tokens"


def test_a_plain_text_model_is_pooled_by_the_mean(bert):
    encoder = open_encoder(bert)
    np.testing.assert_allclose(encoder.encode(TEXTS), by_library(bert, TEXTS), atol=1e-5)
    assert "64 tokens" in encoder.blind_to


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mode": "cls"},
        {"mode": "max"},
        {"mode": "weightedmean"},
        {"mode": "lasttoken"},
        {"mode": ("cls", "mean_sqrt_len_tokens")},
        {"limit": 8},
        {"lowercase": True},
        {"prompts": {"p": "please "}, "default_prompt_name": "p"},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore")  # the exporter warns of everything
def test_onnx_agrees_with_torch(plain, tmp_path, options):
    folder = saved(plain, tmp_path / "mini", **options)
    torch_rows = open_encoder(folder).encode(TEXTS)
    onnx = open_encoder(exported(folder))
    assert type(onnx).__name__ == "OnnxEncoder"
    assert cosines(onnx.encode(TEXTS), torch_rows).min() > 0.99999
    assert np.linalg.matrix_rank(torch_rows[[0, 1, 3, 5]], tol=1e-2) == 4


@pytest.mark.filterwarnings("ignore")
def test_onnx_agrees_with_torch_on_a_plain_text_model(bert):
    torch_rows = open_encoder(bert).encode(TEXTS)
    assert cosines(open_encoder(exported(bert)).encode(TEXTS), torch_rows).min() > 0.99999


def test_hostile_texts_have_vectors(bert):
    texts = ["\x00", "\ud800", "\x1b[31m\u202e", "a " * 500_000, "x" * 1_000_000, "\ufeff"]
    steps = []
    rows = open_encoder(bert).encode(texts, lambda done, of: steps.append((done, of)))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert steps == [(6, 6)]
    assert open_encoder(bert).encode([]).shape == (0, 16)


def test_half_precision_is_read_as_whole(plain, bert):
    transformers.AutoModel.from_pretrained(plain).half().save_pretrained(bert)
    encoder = open_encoder(bert)
    assert encoder.model.dtype == torch.float32
    assert cosines(encoder.encode(TEXTS), by_library(plain, TEXTS)).min() > 0.999


def test_a_model_with_weights_missing_is_refused(bert):
    weights = safetensors.load_file(bert / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "layer.1" not in name}
    safetensors.save_file(kept, bert / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="weights are missing"):
        open_encoder(bert)


def test_weights_that_no_vector_needs_may_be_missing(plain, bert, capfd):
    weights = safetensors.load_file(bert / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "pooler" not in name}
    assert len(kept) < len(weights)
    safetensors.save_file(kept, bert / "model.safetensors", metadata={"format": "pt"})
    state = torch.random.get_rng_state()
    np.testing.assert_array_equal(open_encoder(bert).encode(TEXTS), open_encoder(plain).encode(TEXTS))
    assert torch.equal(state, torch.random.get_rng_state())
    assert capfd.readouterr().err == ""


def test_a_table_of_word_vectors_is_a_model(plain, tmp_path):
    tokenizer = tokenizers.Tokenizer.from_file(str(plain / "tokenizer.json"))
    table = sentence_transformers.sentence_transformer.modules.StaticEmbedding(tokenizer, embedding_dim=8)
    sentence_transformers.SentenceTransformer(modules=[table]).save(str(tmp_path / "table"))
    encoder = open_encoder(tmp_path / "table")
    texts = [text for text in TEXTS if text]
    np.testing.assert_allclose(encoder.encode(texts), by_library(tmp_path / "table", texts), atol=1e-5)
    assert not encoder.encode([""]).any()
    assert "training" in encoder.blind_to


def test_the_name_follows_the_weights(plain, bert, tmp_path):
    assert open_encoder(bert).name == open_encoder(plain).name
    (bert / "README.md").write_text("said of the model")
    assert open_encoder(bert).name == open_encoder(plain).name
    model = transformers.AutoModel.from_pretrained(plain)
    with torch.no_grad():
        model.embeddings.word_embeddings.weight[7, 3] += 1
    model.save_pretrained(bert)
    assert open_encoder(bert).name != open_encoder(plain).name


def test_a_model_that_asks_for_its_own_program_is_refused(bert):
    config = json.loads((bert / "config.json").read_text())
    write_json(
        bert / "config.json",
        {**config, "model_type": "mine", "auto_map": {"AutoConfig": "mine.Mine", "AutoModel": "mine.Mine"}},
    )
    (bert / "mine.py").write_text("raise SystemExit('run')")
    write_json(bert / "sentence_bert_config.json", {"model_args": {"trust_remote_code": True}})
    with pytest.raises(InputError, match="cannot be opened"):
        open_encoder(bert)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.safetensors", None),
        ("model.safetensors", b"broken"),
        ("config.json", b"{"),
        ("config.json", b'{"model_type": "no such"}'),
        ("tokenizer.json", b"{"),
    ],
)
def test_a_model_that_cannot_be_opened_is_named(bert, file, content):
    (bert / file).unlink()
    if content is not None:
        (bert / file).write_bytes(content)
    _reached.clear()
    with pytest.raises(InputError) as caught:
        open_encoder(bert)
    assert caught.value.where == str(bert)
    assert str(caught.value).isprintable()
    assert _reached == []
