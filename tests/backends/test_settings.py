"""How sentence-transformers would use a model."""

import pytest
from tiny_models import write_json

from holdfast.backends.encoders.settings import read_settings
from holdfast.errors import InputError

MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pool", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]


def test_a_bare_folder_is_pooled_by_the_mean(tmp_path):
    settings = read_settings(tmp_path)
    assert settings.pooling == ("mean",)
    assert (settings.max_tokens, settings.positions, settings.prompt) == (None, None, "")
    assert settings.modules == settings.files == ()


@pytest.mark.parametrize(
    ("config", "pooling"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, ("cls",)),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True}, ("max", "mean")),
        ({"pooling_mode": "lasttoken", "embedding_dimension": 6}, ("lasttoken",)),
        ({"pooling_mode": ["cls", "mean"]}, ("cls", "mean")),
        ({"word_embedding_dimension": 6}, ("mean",)),
    ],
)
def test_both_ways_of_writing_how_to_pool(tmp_path, config, pooling):
    write_json(tmp_path / "1_Pooling" / "config.json", config)
    assert read_settings(tmp_path).pooling == pooling


def test_modules_say_where_their_settings_stand(tmp_path):
    write_json(
        tmp_path / "modules.json",
        [*MODULES, {"path": "3_Dense", "type": "sentence_transformers.models.Dense"}],
    )
    write_json(tmp_path / "1_Pool" / "config.json", {"pooling_mode": "cls"})
    write_json(tmp_path / "1_Pooling" / "config.json", {"pooling_mode": "max"})
    settings = read_settings(tmp_path)
    assert settings.pooling == ("cls",)
    assert settings.modules == ("Dense",)
    assert sorted(file.name for file in settings.files) == ["config.json", "modules.json"]


def test_the_limit_is_looked_for_where_sentence_transformers_looks(tmp_path):
    write_json(tmp_path / "tokenizer_config.json", {"model_max_length": 1e30})
    assert read_settings(tmp_path).max_tokens is None
    write_json(tmp_path / "tokenizer_config.json", {"model_max_length": 512})
    assert read_settings(tmp_path).max_tokens == 512
    write_json(tmp_path / "sentence_bert_config.json", {"max_seq_length": 256, "do_lower_case": True})
    write_json(tmp_path / "config.json", {"max_position_embeddings": 514})
    settings = read_settings(tmp_path)
    assert (settings.max_tokens, settings.positions, settings.lowercase) == (256, 514, True)


def test_only_the_default_prompt_is_put_before_texts(tmp_path):
    file = tmp_path / "config_sentence_transformers.json"
    prompts = {"query": "query: ", "document": ""}
    write_json(file, {"prompts": prompts, "default_prompt_name": None})
    assert read_settings(tmp_path).prompt == ""
    write_json(file, {"prompts": prompts, "default_prompt_name": "query"})
    assert read_settings(tmp_path).prompt == "query: "
    write_json(tmp_path / "1_Pooling" / "config.json", {"pooling_mode": "mean", "include_prompt": False})
    with pytest.raises(InputError, match="leaves its prompt out"):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("modules.json", '{"a": 1}'),
        ("modules.json", "[1]"),
        ("modules.json", '[{"type": "x.Pooling", "path": "../elsewhere"}]'),
        ("modules.json", '[{"type": "x.Pooling", "path": "/elsewhere"}]'),
        ("modules.json", '[{"type": "x.Pooling"}]'),
        ("config.json", "[" * 100_000),
        ("tokenizer_config.json", "{"),
        ("sentence_bert_config.json", '"\udcff"'),
        ("1_Pooling/config.json", '{"pooling_mode": "attention"}'),
        ("1_Pooling/config.json", '{"pooling_mode": []}'),
        ("1_Pooling/config.json", '{"pooling_mode": [["cls"]]}'),
    ],
)
def test_a_broken_file_is_named(tmp_path, file, text):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InputError) as caught:
        read_settings(tmp_path)
    assert caught.value.where == str(tmp_path / file)


@pytest.mark.parametrize("value", [True, "512", -1, 0, None, [512], float("nan")])
def test_a_limit_that_is_none_is_no_limit(tmp_path, value):
    write_json(tmp_path / "sentence_bert_config.json", {"max_seq_length": value})
    assert read_settings(tmp_path).max_tokens is None
