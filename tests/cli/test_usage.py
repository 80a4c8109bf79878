"""Flags, right and wrong: the nearest thing there is gets named, and every verdict has its exit code."""

from __future__ import annotations

import pytest

import world
from world import QUICK

CHOICES = {
    "--use": ("repalce", "replace"),
    "--on-undetermined": ("blok", "block"),
    "--on-bad-row": ("skipp", "skip"),
    "--engine": ("rey", "ray"),
}


def refused(said):
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize("flag", CHOICES)
def test_an_unknown_value_names_the_nearest(say, flag):
    wrong, nearest = CHOICES[flag]
    said = refused(say("audit", "a.jsonl", "--real", "b.jsonl", flag, wrong))
    assert f"'{flag}'" in said
    assert f"there is no '{wrong}'. Did you mean '{nearest}'?" in said


def test_every_choice_is_tested():
    from holdfast.cli.anchor import freeze
    from holdfast.cli.audit import audit
    from holdfast.cli.options import Word

    flags = {p.opts[0] for command in (audit, freeze) for p in command.params if isinstance(p.type, Word)}
    assert flags == set(CHOICES)


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (["audti"], "audit"),
        (["anchor", "veriffy"], "verify"),
        (["audit", "a", "--tolerence", "x=1"], "--tolerance"),
        (["audit", "a", "--jsn", "x"], "--json"),
        (["anchor", "freeze", "a", "-o", "b", "--holdot", "0.1"], "--holdout"),
        (["demo", "--generation", "2"], "--generations"),
    ],
)
def test_an_unknown_command_or_option_names_the_nearest(say, arguments, nearest):
    said = refused(say(*arguments))
    assert nearest in said.splitlines()[0]
    assert said.splitlines()[1].startswith("Try: holdfast")


def test_an_unknown_measure_names_the_nearest(say, good, real):
    said = refused(say("audit", good, "--real", real, "--tolerance", "stratum_defict=0.1"))
    assert "there is no measure 'stratum_defict'. Did you mean 'stratum_deficit'?" in said


def test_an_unknown_stratum_names_the_nearest(say, good, real):
    said = refused(say("audit", good, "--real", real, "--only", "balanec", *QUICK))
    assert "there is no stratum 'balanec'. Did you mean 'balance'?" in said


@pytest.mark.parametrize(
    ("flag", "wrong", "nearest"),
    [("--text", "txet", "text"), ("--label", "itent", "intent"), ("--id", "ID", "id")],
)
def test_an_unknown_column_names_the_nearest(say, good, real, flag, wrong, nearest):
    said = refused(say("audit", good, "--real", real, flag, wrong))
    assert f"{flag}: there is no column '{wrong}' in real.jsonl. Did you mean '{nearest}'?" in said


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--tolerance", "near_duplicates"], "MEASURE=SHARE"),
        (["--tolerance", "near_duplicates=much"], "MEASURE=SHARE"),
        (["--tolerance", "near_duplicates=nan"], "not a share"),
        (["--tolerance", "near_duplicates=-0.1"], "not a share"),
        (["--tolerance", "near_duplicates=inf"], "not a share"),
        (["--tolerance", "near_duplicates=0.1", "--tolerance", "near_duplicates=0.2"], "twice"),
        (["--alpha", "0"], "--alpha"),
        (["--alpha", "1.5"], "--alpha"),
        (["--alpha", "nan"], "--alpha"),
        (["--alpha", "small"], "--alpha"),
        (["--detectable", "0"], "--detectable"),
        (["--draws", "10"], "--draws"),
        (["--draws", "100000000"], "--draws"),
        (["--seed", "-1"], "--seed"),
        (["--seed", "x"], "--seed"),
        (["--expect", "none.csv"], "none.csv"),
    ],
)
def test_a_value_that_cannot_be(say, good, real, flags, expected):
    assert expected in refused(say("audit", good, "--real", real, "--quiet", *flags))


def test_reality_is_given_once(say, good, real, anchor):
    assert "--real FILE, or a frozen anchor with --anchor FOLDER" in refused(say("audit", good))
    assert "exclude each other" in refused(say("audit", good, "--real", real, "--anchor", anchor))


def test_no_arguments_show_the_help(say):
    for arguments in ([], ["anchor"]):
        said = say(*arguments)
        assert said.code == 2
        assert "Commands:" in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["audit", "-h"],
        ["anchor", "-h"],
        ["anchor", "freeze", "-h"],
        ["demo", "-h"],
        ["--version"],
    ],
)
def test_help(say, arguments):
    said = say(*arguments)
    assert said.code == 0
    assert said.err == ""
    assert "..." not in said.out.replace("]...", "").replace("CANDIDATE...", "").replace("REAL...", "")
    assert all(len(line) <= 100 for line in said.out.splitlines())


def test_exit_code_0_pass(say, good, real):
    said = say("audit", good, "--real", real, *QUICK)
    assert said.code == 0
    assert said.out.startswith("PASS")
    assert said.err == ""


def test_exit_code_1_fail(say, lossy, anchor):
    said = say("audit", lossy, "--anchor", anchor, *QUICK)
    assert said.code == 1
    assert said.out.startswith("FAIL")
    assert "loan" in said.out


@pytest.mark.parametrize(("flag", "code"), [("ask", 3), ("block", 1), ("pass", 0)])
def test_exit_code_of_undetermined(say, place, real, flag, code):
    said = say("audit", str(place / "one.jsonl"), "--real", real, "--on-undetermined", flag, *QUICK)
    assert said.code == code
    assert said.out.startswith("UNDETERMINED")


def test_exit_code_4_is_ours_to_mend(say):
    said = say("audit", 3)  # no string: what only broken code can give
    assert said.code == 4
    assert "Traceback" in said.err
    assert "internal error" in said.err
    assert "report it" in said.err


def test_a_verdict_outlives_its_reader(tmp_path, real, lossy):
    """`holdfast audit ... | head -1` with `set -o pipefail` must not turn a fail into a pass."""
    import subprocess

    with subprocess.Popen(  # noqa: S603 - our own interpreter
        world.command("audit", lossy, "--real", real, *QUICK),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=world.environment(),
        cwd=tmp_path,
    ) as process:
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 1
    assert err == b""
