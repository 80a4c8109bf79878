"""Which kind of encoder a user points at, and what is said when it is none."""

import json
import subprocess
import sys
import textwrap

import pytest
from tiny_models import write_json, write_onnx, write_tokenizer

from holdfast.backends.encoders import Encoder, open_encoder
from holdfast.errors import InputError, MissingExtra, UsageError


@pytest.mark.parametrize(
    "name", ["sentence-transformers/all-MiniLM-L6-v2", "localhost:8000/v1", "", "\0", "x" * 5_000, "\x1b[31m"]
)
def test_what_is_neither_here_nor_a_url_is_refused_and_not_fetched(name):
    with pytest.raises(InputError, match="nothing is downloaded") as caught:
        open_encoder(name)
    assert "hf download NAME --local-dir FOLDER" in caught.value.do
    assert str(caught.value).isprintable()


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="no sentence encoder"):
        open_encoder(tmp_path)
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(InputError, match="no sentence encoder"):
        open_encoder(tmp_path / "notes.txt")


def test_a_folder_of_several_onnx_files_asks_for_one(tmp_path):
    write_tokenizer(tmp_path)
    write_onnx(tmp_path / "onnx" / "model_int8.onnx")
    write_onnx(tmp_path / "onnx" / "model_fp16.onnx")
    with pytest.raises(InputError) as caught:
        open_encoder(tmp_path)
    assert caught.value.do.endswith("onnx/model_fp16.onnx, onnx/model_int8.onnx")


def test_onnx_goes_before_torch(tmp_path):
    write_tokenizer(tmp_path)
    write_json(tmp_path / "config.json", {"model_type": "bert"})
    write_onnx(tmp_path / "onnx" / "model.onnx")
    encoder: Encoder = open_encoder(tmp_path)
    assert type(encoder).__name__ == "OnnxEncoder"


def test_the_name_of_a_model_is_for_servers(tmp_path):
    with pytest.raises(UsageError, match="is for servers"):
        open_encoder(tmp_path, model="tiny-embed")


@pytest.mark.parametrize(
    ("package", "extra"),
    [
        ("onnxruntime", "onnx"),
        ("tokenizers", "onnx"),
        ("sentence_transformers", "models"),
        ("torch", "models"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(tmp_path, monkeypatch, package, extra):
    write_tokenizer(tmp_path)
    if extra == "onnx":
        write_onnx(tmp_path / "model.onnx")
    else:
        write_json(tmp_path / "config.json", {"model_type": "bert"})
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf"pip install 'holdfast\[{extra}\]'"):
        open_encoder(tmp_path)


def test_a_missing_package_for_servers_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(MissingExtra, match=r"pip install 'holdfast\[llm\]'"):
        open_encoder("http://127.0.0.1:9/v1", model="tiny-embed")


@pytest.mark.parametrize(
    "content",
    [
        {"pytorch_model.bin": "x", "config.json": "{}"},
        {"config.json": "{}", "model.safetensors": "x", "2_Dense/pytorch_model.bin": "x"},
        {"config.json": "{}", "model.safetensors": "x", "adapter_model.bin": "x"},
        {"modules.json": json.dumps([{"path": "", "type": "modeling_mine.Mine"}])},
        {"modules.json": json.dumps([{"path": "", "type": "os.system"}])},
        {"modules.json": json.dumps([{"path": ""}])},
        {
            "config.json": "{}",
            "config_sentence_transformers.json": json.dumps({"model_type": "CrossEncoder"}),
        },
    ],
    ids=["pickle", "pickle inside", "pickle beside", "own program", "any program", "no type", "ranker"],
)
def test_what_would_run_a_stranger_s_program_is_refused_before_torch_sees_it(tmp_path, monkeypatch, content):
    for name, text in content.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(InputError) as caught:
        open_encoder(tmp_path)
    assert caught.value.where.startswith(str(tmp_path))
    assert caught.value.do


def test_the_room_is_entered_without_any_of_the_packages():
    program = textwrap.dedent("""
        import sys
        import holdfast.backends.encoders
        heavy = {"onnxruntime", "tokenizers", "openai", "torch", "sentence_transformers", "transformers"}
        print(sorted(heavy & set(sys.modules)))
        """)
    done = subprocess.run(  # noqa: S603 - this Python and a program written above
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.strip() == "[]"
