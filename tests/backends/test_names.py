"""What reports call a model on disk."""

import re
import shutil

from holdfast.backends.encoders.names import name_on_disk


def write(folder, **files):
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def name(folder, **options):
    return name_on_disk(folder, [file for file in folder.rglob("*") if file.is_file()], **options)


def test_a_name_says_the_content_wherever_it_stands(tmp_path):
    first = write(tmp_path / "one" / "mini", a="1", b="2")
    second = tmp_path / "two" / "mini"
    shutil.copytree(first, second)
    assert name(first) == name(second)
    assert re.fullmatch("mini@[0-9a-f]{8}", name(first))
    assert name(first, part="small.onnx").startswith("mini/small.onnx@")
    names = {name(first)}
    for change in [
        {"a": "1", "b": "3"},
        {"a": "2", "b": "1"},
        {"a": "1", "c": "2"},
        {"a": "1"},
        {"a": "12", "b": ""},
    ]:
        shutil.rmtree(second)
        names.add(name(write(second, **change)))
    assert len(names) == 6


def test_the_hub_cache_is_called_by_the_name_of_the_model(tmp_path):
    folder = write(tmp_path / "models--owner--mini-lm" / "snapshots" / "c9745ed1d9f2", a="1")
    assert name(folder).startswith("mini-lm@")


def test_a_relative_folder_has_a_name(tmp_path, monkeypatch):
    folder = write(tmp_path / "mini", a="1")
    monkeypatch.chdir(folder)
    assert name(type(folder)()) == name(folder)


def test_a_folder_s_name_is_shown_without_control_characters(tmp_path):
    folder = write(tmp_path / "mi\x1b[31m\nni\u202e", a="1")
    assert name(folder).isprintable()
