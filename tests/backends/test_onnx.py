"""ONNX models: every number against one worked out from the table of word vectors."""

import shutil

import numpy as np
import pytest
from onnx import TensorProto
from tiny_models import INPUTS, TABLE, WIDTH, tokens, unit, write_json, write_onnx, write_tokenizer

from holdfast.backends.encoders import open_encoder
from holdfast.errors import InputError

TEXTS = [
    "how do i reset my password",
    "a",
    "please reset now",
    "unheard words",
    "a b c d e f a b c d e f a b c d",
    "b",
    "a",
]
HOSTILE = [
    "\x00",
    "\x1b[31m",
    "a\x00b",
    "\ud800 a",
    "\ud83d\ude00",
    "\u202e\ufeff",
    "a " * 500_000,
    "x" * 1_000_000,
    "\U0001f9d1\u200d\U0001f680",
]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "tiny"
    write_tokenizer(folder)
    write_onnx(folder / "model.onnx")
    return folder


def pooled(mode, text, **options):
    states = TABLE[tokens(text, **options)].astype(np.float64)
    weights = np.arange(1, len(states) + 1)
    return {
        "cls": states[0],
        "max": states.max(axis=0),
        "mean": states.mean(axis=0),
        "mean_sqrt_len_tokens": states.sum(axis=0) / len(states) ** 0.5,
        "weightedmean": weights @ states / weights.sum(),
        "lasttoken": states[-1],
    }[mode]


def expected(texts, *modes, **options):
    return np.array(
        [unit(np.concatenate([pooled(mode, text, **options) for mode in modes])) for text in texts]
    )


def test_tokens_are_pooled_by_the_mean_without_padding(folder):
    rows = open_encoder(folder).encode(TEXTS)
    np.testing.assert_allclose(rows, expected(TEXTS, "mean"), atol=1e-6)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows[1], rows[-1])


@pytest.mark.parametrize(
    "modes",
    [["cls"], ["max"], ["mean_sqrt_len_tokens"], ["weightedmean"], ["lasttoken"], ["cls", "max", "mean"]],
    ids="+".join,
)
def test_tokens_are_pooled_as_the_model_says(folder, modes):
    write_json(folder / "1_Pooling" / "config.json", {"pooling_mode": modes})
    np.testing.assert_allclose(open_encoder(folder).encode(TEXTS), expected(TEXTS, *modes), atol=1e-6)


@pytest.mark.parametrize("outputs", [("sentence_embedding",), ("token_embeddings", "sentence_embedding")])
def test_what_is_pooled_already_is_used_as_it_is(folder, outputs):
    write_json(folder / "1_Pooling" / "config.json", {"pooling_mode": "cls"})
    write_json(folder / "modules.json", [{"path": "2_Dense", "type": "sentence_transformers.models.Dense"}])
    write_onnx(folder / "model.onnx", outputs=outputs)
    np.testing.assert_allclose(open_encoder(folder).encode(TEXTS), expected(TEXTS, "mean"), atol=1e-6)


@pytest.mark.parametrize("inputs", [INPUTS[:1], INPUTS[:2]])
def test_a_model_is_fed_what_it_takes(folder, inputs):
    write_onnx(folder / "model.onnx", inputs=inputs, kind=TensorProto.INT32)
    np.testing.assert_allclose(open_encoder(folder).encode(TEXTS), expected(TEXTS, "mean"), atol=1e-6)


def test_an_output_without_a_known_name_is_used(folder):
    write_onnx(folder / "model.onnx", outputs=("output_0",))
    np.testing.assert_allclose(open_encoder(folder).encode(TEXTS), expected(TEXTS, "mean"), atol=1e-6)


@pytest.mark.parametrize(
    ("files", "own", "limit"),
    [
        ({}, None, 512),
        ({}, 9, 9),
        ({"tokenizer_config.json": {"model_max_length": 10}}, 9, 10),
        ({"tokenizer_config.json": {"model_max_length": 10**30}}, 9, 9),
        (
            {
                "sentence_bert_config.json": {"max_seq_length": 5},
                "tokenizer_config.json": {"model_max_length": 7},
            },
            9,
            5,
        ),
        (
            {
                "sentence_bert_config.json": {"max_seq_length": 50},
                "config.json": {"max_position_embeddings": 8},
            },
            9,
            8,
        ),
    ],
)
def test_texts_are_cut_where_the_model_says(folder, files, own, limit):
    write_tokenizer(folder, truncate=own)
    for name, value in files.items():
        write_json(folder / name, value)
    encoder = open_encoder(folder)
    assert encoder.blind_to == f"what a text says after its first {limit} tokens"
    np.testing.assert_allclose(encoder.encode(TEXTS), expected(TEXTS, "mean", limit=limit), atol=1e-6)


def test_the_prompt_and_lower_case_of_the_model_are_used(folder):
    prompts = {"prompts": {"p": "please "}, "default_prompt_name": "p"}
    write_json(folder / "config_sentence_transformers.json", prompts)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 64, "do_lower_case": True})
    rows = open_encoder(folder).encode(["RESET Now"])
    np.testing.assert_allclose(rows, expected(["please reset now"], "mean"), atol=1e-6)


def test_a_vector_does_not_depend_on_its_neighbours(folder):
    encoder = open_encoder(folder)
    together = encoder.encode([*TEXTS, *(f"a {'b ' * size}" for size in range(300))])[: len(TEXTS)]
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_array_equal(encoder.encode(TEXTS), encoder.encode(TEXTS))


def test_texts_that_are_hostile_or_empty_have_vectors(folder):
    steps = []
    rows = open_encoder(folder).encode(["", *HOSTILE], lambda done, of: steps.append((done, of)))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(rows[0], expected([""], "mean")[0], atol=1e-6)
    assert steps == [(10, 10)]


def test_a_text_without_any_token_is_a_vector_of_zeros(folder):
    write_tokenizer(folder, special=False)
    encoder = open_encoder(folder)
    np.testing.assert_array_equal(encoder.encode(["", " "]), np.zeros((2, WIDTH)))
    rows = encoder.encode(["a", "", "b"])
    np.testing.assert_allclose(rows[[0, 2]], expected(["a", "b"], "mean", special=False), atol=1e-6)
    assert not rows[1].any()
    assert encoder.encode([]).shape == (0, WIDTH)


def test_the_folder_onnx_belongs_to_the_folder_above(tmp_path, folder):
    write_json(folder / "1_Pooling" / "config.json", {"pooling_mode": "cls"})
    (folder / "onnx").mkdir()
    for name in ("model.onnx", "small.onnx"):
        shutil.copy(folder / "model.onnx", folder / "onnx" / name)
    (folder / "model.onnx").unlink()
    encoder, small = open_encoder(folder), open_encoder(folder / "onnx" / "small.onnx")
    assert encoder.name.startswith("tiny@")
    assert small.name.startswith("tiny/small.onnx@")
    for opened in (encoder, small):
        np.testing.assert_allclose(opened.encode(TEXTS), expected(TEXTS, "cls"), atol=1e-6)


def test_the_name_follows_everything_that_vectors_depend_on(tmp_path, folder):
    names = [open_encoder(folder).name]
    (folder / "README.md").write_text("said of the model")
    assert open_encoder(str(folder)).name == names[0]
    write_onnx(folder / "model.onnx", table=2 * TABLE)
    names.append(open_encoder(folder).name)
    write_json(folder / "1_Pooling" / "config.json", {"pooling_mode": "cls"})
    names.append(open_encoder(folder).name)
    write_tokenizer(folder, special=False)
    names.append(open_encoder(folder).name)
    assert len(set(names)) == 4


def test_weights_beside_the_file_are_read_and_named(folder):
    names = []
    for table in (TABLE, -TABLE):
        (folder / "model.onnx_data").unlink(missing_ok=True)
        write_onnx(folder / "model.onnx", table=table, external=True)
        assert (folder / "model.onnx_data").is_file()
        encoder = open_encoder(folder)
        names.append(encoder.name)
        np.testing.assert_allclose(
            encoder.encode(["a"]), expected(["a"], "mean") * np.sign(table[0, 0] * TABLE[0, 0]), atol=1e-6
        )
    assert names[0] != names[1]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"inputs": (*INPUTS[:2], "position_ids")}, "position_ids"),
        (
            {"inputs": ("attention_mask", "input_ids"), "kind": TensorProto.INT64, "outputs": ("logits",)},
            "classifies",
        ),
        ({"batch": 1}, "cannot be run"),
        ({"table": TABLE[:, :0]}, "without numbers"),
    ],
)
def test_a_model_that_is_no_encoder_is_refused(folder, options, reason):
    write_onnx(folder / "model.onnx", **options)
    with pytest.raises(InputError, match=reason) as caught:
        open_encoder(folder)
    assert caught.value.where.startswith(str(folder))
    assert caught.value.do


def test_a_tokenizer_of_another_model_is_noticed_when_it_asks_too_much(folder):
    write_onnx(folder / "model.onnx", table=TABLE[:5])
    encoder = open_encoder(folder)
    with pytest.raises(InputError, match="the model cannot be run") as caught:
        encoder.encode(TEXTS)
    assert caught.value.where == str(folder / "model.onnx")


def test_numbers_that_are_not_finite_are_refused_at_once(folder):
    write_onnx(folder / "model.onnx", table=np.full_like(TABLE, np.nan))
    with pytest.raises(InputError, match="not finite"):
        open_encoder(folder)


def test_a_model_whose_file_ends_before_its_last_part_is_refused(folder):
    write_json(folder / "modules.json", [{"path": "2_Dense", "type": "sentence_transformers.models.Dense"}])
    with pytest.raises(InputError, match=r"ends before the last parts of the model \(Dense\)"):
        open_encoder(folder)


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x08" * 1_000])
@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_a_broken_file_is_named(folder, file, content, capfd):
    (folder / file).write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_encoder(folder)
    assert caught.value.where == str(folder / file)
    assert str(caught.value).isprintable()
    assert capfd.readouterr().err == ""


def test_a_file_without_a_tokenizer_is_refused(folder):
    (folder / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"no tokenizer.json"):
        open_encoder(folder / "model.onnx")
