"""`holdfast voice` as people call it."""

import json

import click
import numpy as np
import pytest

from holdfast.cli.voice import spread, voice
from holdfast.measures.model.voice.examples import answer, mixed, rows

NAMES = ("before", "teacher", "one", "two", "three")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("voice")
    rng = np.random.default_rng(0)
    said = {name: answer(speaker, 220, rng) for speaker, name in enumerate(NAMES)}
    said["after"] = mixed(answer(0, 220, rng), said["teacher"], 0.8, rng)
    for name, answers in said.items():
        (folder / f"{name}.jsonl").write_text(
            "\n".join(map(json.dumps, rows(answers))) + "\n", encoding="utf-8"
        )
    return folder


def call(*args):
    return voice.main(args=list(map(str, args)), standalone_mode=False)


def asked(files, *more, placebos=("one", "two", "three")):
    placebo = ["--placebo", *(files / f"{name}.jsonl" for name in placebos)]
    return [
        *(files / "after.jsonl", "--before", files / "before.jsonl", "--teacher", files / "teacher.jsonl"),
        *placebo,
        *("--draws", 199, "--quiet"),
        *more,
    ]


def test_the_command_without_a_name_is_drift(files, tmp_path, capsys):
    page, data = tmp_path / "voice.html", tmp_path / "voice.json"
    assert call(*asked(files, "--report", page, "--json", data)) == 0
    out = capsys.readouterr().out
    assert out.startswith("TEACHER-SPECIFIC\n")
    assert "What is not claimed" in out
    told = json.loads(data.read_text(encoding="utf-8"))
    assert told["finding"] == "teacher_specific"
    assert [one["name"] for one in told["parties"]] == ["after", "before", "teacher", "one", "two", "three"]
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_two_placebos_cannot_tell_and_json_can_go_to_standard_output(files, capsys):
    assert call("drift", *asked(files, "--json", "-", placebos=("one", "two"))) == 3
    assert json.loads(capsys.readouterr().out)["verdict"] == "undetermined"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (
            ["a", "--placebo", "b", "c", "--seed", "1"],
            ["a", "--placebo", "b", "--placebo", "c", "--seed", "1"],
        ),
        (["a", "--placebo", "b", "--placebo", "c"], ["a", "--placebo", "b", "--placebo", "c"]),
        (["--placebo", "b", "a"], ["--placebo", "b", "a"]),
        (["a", "--placebo=b", "--before", "x"], ["a", "--placebo=b", "--before", "x"]),
        ([], []),
    ],
)
def test_several_files_behind_one_flag(given, meant):
    assert spread(given) == meant


def test_help_is_the_groups_and_drift_has_its_own(capsys):
    call("--help")
    assert "drift" in capsys.readouterr().out
    call("drift", "--help")
    assert "--placebo" in capsys.readouterr().out


def test_what_is_missing_is_said(files):
    with pytest.raises(click.ClickException, match="teacher"):
        call(files / "after.jsonl", "--before", files / "before.jsonl", "--placebo", files / "one.jsonl")
