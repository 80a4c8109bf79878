"""`holdfast generate`, run as a user would."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import world

sys.path.insert(0, str(Path(__file__).parents[1] / "backends" / "chats"))

from chat_server import ChatServer, Said, completion

CANARY = "sk-canary-4f1d9a7be20c5513"
RULES = ("--method", "rule_based", "--rounds", "1", "--quiet")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A smaller place than others have: what is audited again and again costs time."""
    folder = tmp_path_factory.mktemp("small")
    world.write(folder / "real.jsonl", world.rows(270, seed=1))
    world.write(folder / "lossy.jsonl", world.rows(130, seed=3, shares=(4, 3, 0, 0)))
    return folder


@pytest.fixture(scope="module")
def report(small):
    """The audit of a set that lost two intents."""
    from holdfast.cli import run

    file = small / "report.json"
    run(
        [
            "audit",
            str(small / "lossy.jsonl"),
            "--real",
            str(small / "real.jsonl"),
            "--json",
            str(file),
            *world.QUICK,
        ]
    )
    return str(file)


@pytest.fixture(scope="module")
def made(report, small):
    """A run by rules, judged by rows that steered nothing."""
    return world.spawn(
        *(
            "generate",
            "--for",
            report,
            "-o",
            str(small / "more"),
            "--rows",
            "30",
            *RULES,
            "--json",
            "said.json",
        ),
        cwd=small,
    )


def test_it_says_what_it_did(made, small):
    found = json.loads((small / "said.json").read_bytes())
    assert made.code == (1 if found["after"]["lost"] else 0)
    assert made.err == ""
    for words in (
        f"{found['wished']:,} rows asked for, {found['written']:,} written, {found['accepted']:,} kept",
        "By real rows that steered nothing:",
        "before",
        "after",
        "Rows of each stratum, where reality is 100 %",
        "worth by rows that steer",
        "data/made.jsonl",
        "Next: blend them",
    ):
        assert words in made.out
    assert found["schema"] == "holdfast.generate/1"
    assert found["sentence"].split(":")[0][1:] in " ".join(made.out.split())
    assert found["output"] == str(small / "more")


def test_json_on_standard_output_is_all_there_is(say, report, tmp_path):
    said = say(
        "generate",
        "--for",
        report,
        "-o",
        str(tmp_path / "more"),
        "--rows",
        "5",
        "--judge-share",
        "0",
        *RULES,
        "--json",
        "-",
    )
    assert json.loads(said.out)["accepted"] >= 0
    assert said.code == 0


def test_help_names_every_flag(say):
    said = say("generate", "--help")
    assert said.code == 0
    for flag in (
        "--for",
        "--anchor",
        "--recipe",
        "--judge-share",
        "--no-steer",
        "--batch",
        "--cache",
        "--json",
        "--requests",
    ):
        assert flag in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "x"], "nothing to go by"),
        (["--real", "{real}"], "no place to write to"),
        (["--real", "{real}", "--anchor", "{anchor}", "-o", "x"], "either real rows or a frozen anchor"),
        (["--real", "{real}", "-o", "x", "--method", "few_shots"], "Did you mean 'few_shot'?"),
        (["--real", "{real}", "-o", "x", "--method", "few_shot"], "few_shot asks a model, and there is none"),
        (["--real", "{real}", "-o", "x", "--model-name", "m"], "needs its server"),
        (["--real", "{real}", "-o", "x", "--model", "http://h/v1"], "needs its name"),
        (["--real", "{real}", "-o", "x", "--model", "http://me:secret@h/v1", "--model-name", "m"], "error"),
        (["--real", "{real}", "-o", "x", "--judge-share", "nan"], "judge_share is a number"),
        (["--real", "{real}", "-o", "x", "--judge-share", "1.5"], "judge_share is a number"),
        (["--real", "{real}", "-o", "x", "--judge-share", "-1"], "judge_share is a number"),
        (["--real", "{real}", "-o", "x", "--cost", "nan"], "cost is a number"),
        (["--real", "{real}", "-o", "x", "--cost", "inf"], "cost is a number"),
        (
            ["--real", "{real}", "-o", "x", "--cost", "1", "--model", "http://h/v1", "--model-name", "m"],
            "prices",
        ),
        (["--real", "{real}", "-o", "x", "--rows", "0"], "--rows"),
        (["--real", "{real}", "-o", "x", "--rounds", "0"], "--rounds"),
        (["--real", "{real}", "-o", "x", "--seed", "-1"], "--seed"),
        (["--for", "{place}/nowhere.json", "-o", "x"], "the report cannot be read"),
        (["--for", "{real}", "-o", "x"], "no JSON"),
        (["--real", "{real}", "-o", "x", "--recipe", "{place}/nowhere.toml"], "there is no such recipe"),
        (["--real", "{real}", "-o", "{place}/anchor"], "anchor"),
        (["--real", "{real}", "-o", "{real}", "--replace"], "real.jsonl"),
        (["{place}/nowhere.jsonl", "--real", "{real}", "-o", "x"], "nowhere.jsonl"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line_or_two(
    say, place, real, anchor, tmp_path, monkeypatch, arguments, words
):
    monkeypatch.chdir(tmp_path)
    said = say(
        "generate", *(one.format(real=real, place=place, anchor=anchor) for one in arguments), "--quiet"
    )
    assert said.code == 2, said.err
    assert words in said.err
    assert "Traceback" not in said.err
    assert "secret" not in said.err + said.out
    assert world.names(tmp_path) == []


def test_another_set_than_was_audited(say, report, good, tmp_path):
    said = say("generate", good, "--for", report, "-o", str(tmp_path / "x"), *RULES)
    assert said.code == 2
    assert "its rows have changed since" in said.err


BATCH = (
    "--model",
    "http://localhost:1/v1",
    "--model-name",
    "tiny",
    "--method",
    "few_shot",
    "--rows",
    "5",
    "--judge-share",
    "0",
    "--quiet",
)


def test_what_waits_in_batch_files_is_exit_code_3(say, real, tmp_path):
    command = (
        "generate",
        "--real",
        real,
        "-o",
        str(tmp_path / "more"),
        "--batch",
        str(tmp_path / "batches"),
        *BATCH,
    )
    for _ in range(2):
        said = say(*command)
        assert said.code == 3
        assert "1 batch file waits to be answered" in said.out
        # A path that is broken over two lines is no path.
        assert str(tmp_path / "batches" / "tiny" / "asked-1.jsonl") in said.out
        assert "repeat the same command" in " ".join(said.out.split())
        assert said.err == ""
    assert not (tmp_path / "more").exists()
    assert world.names(tmp_path / "batches" / "tiny") == ["asked-1.jsonl"]


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    fresh = [row["text"] for row in world.rows(400, seed=50)]
    with ChatServer(
        lambda asked, number: Said(body=completion(fresh[number % 400], model=asked["model"]), delay=0.02)
    ) as running:
        yield running


def test_a_server_is_an_address(say, server, real, tmp_path):
    said = say(
        *(
            "generate",
            "--real",
            real,
            "-o",
            str(tmp_path / "more"),
            "--model",
            server.url,
            "--model-name",
            "tiny",
        ),
        *("--method", "few_shot", "--rows", "30", "--requests", "12", "--judge-share", "0", "--quiet"),
    )
    assert said.code == 0, said.err
    assert len(server.asked) == 12
    assert "The budget of 12 requests is spent" in " ".join(said.out.split())
    assert "No real rows judged" in said.out
    assert "Spent: 12 requests" in said.out
    assert CANARY not in said.out + said.err


def test_a_wrong_key_is_said_without_it(say, server, real, tmp_path):
    server.answer = lambda asked, number: Said(status=401, body={"error": {"message": f"wrong key {CANARY}"}})
    said = say(
        *(
            "generate",
            "--real",
            real,
            "-o",
            str(tmp_path / "more"),
            "--model",
            server.url,
            "--model-name",
            "tiny",
        ),
        *("--method", "few_shot", "--rows", "30", "--judge-share", "0", "--quiet"),
    )
    assert said.code == 2
    assert "requests was answered" in said.err
    assert CANARY not in said.out + said.err
    assert not (tmp_path / "more").exists()


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_ctrl_c_says_that_it_goes_on(server, real, tmp_path):
    command = world.command(
        *("generate", "--real", real, "-o", "more", "--model", server.url, "--model-name", "tiny"),
        *("--method", "few_shot", "--rows", "300", "--judge-share", "0", "--quiet"),
    )
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command,
        cwd=tmp_path,
        env=world.environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        end = time.monotonic() + 300  # on a busy machine it takes a minute to begin
        while len(server.asked) < 10 and time.monotonic() < end and process.poll() is None:
            time.sleep(0.01)
        assert len(server.asked) >= 10, "it does not begin"
        # Not an interrupt: whoever started the tests in the background has those ignored. Told to go, it does the same.
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "the same command goes on from there" in err
    assert "Traceback" not in err
    assert CANARY not in out + err
    assert world.names(tmp_path) == [".more.unfinished"]
