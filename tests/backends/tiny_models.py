"""Sentence encoders of a few hundred numbers, written to a folder."""

from __future__ import annotations

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

_SPOKEN = ["how", "do", "i", "reset", "my", "password", "please", "now"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdef", *_SPOKEN]
WIDTH = 6
TABLE = np.random.default_rng(7).normal(size=(len(WORDS), WIDTH)).astype(np.float32)
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_MASKED = [
    helper.make_node("Unsqueeze", ["attention_mask", "last"], ["columns"]),
    helper.make_node("Cast", ["columns"], ["weights"], to=TensorProto.FLOAT),
    helper.make_node("Mul", ["states", "weights"], ["kept"]),
    helper.make_node("ReduceSum", ["kept", "tokens_axis"], ["sums"], keepdims=0),
    helper.make_node("ReduceSum", ["weights", "tokens_axis"], ["counts"], keepdims=0),
    helper.make_node("Div", ["sums", "counts"], ["pooled"]),
]


def write_tokenizer(folder, *, special=True, truncate=None):
    """A word-level tokenizer; `tokenizer.json` files on the hub often pad and truncate, and so does this one."""
    tokenizer = Tokenizer(
        models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token=WORDS[1])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if special:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
    if truncate:
        tokenizer.enable_truncation(truncate)
    tokenizer.enable_padding(length=12, pad_token=WORDS[0])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))


def write_onnx(
    file,
    *,
    inputs=INPUTS,
    outputs=("last_hidden_state",),
    table=TABLE,
    kind=TensorProto.INT64,
    external=False,
    batch="b",
):
    """A table of word vectors, looked up; `pooled` as an output is their mean, under the name `sentence_embedding`."""
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["states"])]
    if "sentence_embedding" in outputs:
        nodes += [*_MASKED, helper.make_node("Identity", ["pooled"], ["sentence_embedding"])]
    nodes += [
        helper.make_node("Identity", ["states"], [name]) for name in outputs if name != "sentence_embedding"
    ]
    shapes = {"sentence_embedding": [batch, WIDTH]}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, kind, [batch, "t"]) for name in inputs],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes.get(name, [batch, "t", WIDTH]))
            for name in outputs
        ],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([2], np.int64), "last"),
            numpy_helper.from_array(np.array([1], np.int64), "tokens_axis"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save_model(
        model,
        str(file),
        save_as_external_data=external,
        location=f"{file.name}_data" if external else None,
        size_threshold=0,
    )


def write_json(file, value):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value), encoding="utf-8")


def tokens(text, *, special=True, limit=512):
    """What the tokenizer makes of a text of known words and single spaces."""
    ids = [WORDS.index(word) if word in WORDS else 1 for word in text.split()]
    return [2, *ids[: limit - 2], 3] if special else ids[:limit]


def unit(row):
    row = np.asarray(row, np.float64)
    return row / np.linalg.norm(row)
