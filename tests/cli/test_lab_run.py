"""`holdfast lab list` and `holdfast lab run`: what they say, write, keep and refuse."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass

import pytest

import world
from holdfast.errors import MissingExtra
from holdfast.lab import published
from holdfast.lab.published import results
from holdfast.lab.published.experiment import Check, Curve, Figure, Outcome
from world import names, spawn

FILES = ["laboratory.html", "laboratory.md", "results.json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coin:
    """A coin that is thrown often; `expected` may be wrong, and `raises` breaks it."""

    id: str = "L5"
    expected: float = 0.5
    extra: str | None = None
    raises: type[BaseException] | None = None
    title: str = "A coin"
    question: str = "Does it fall on either side as often?"
    setup: str = "2,000 throws."
    source: str = "Coins: Bernoulli et al. 1913, arXiv:0000.00000."
    seconds: float = 0.1

    def run(self, rng, progress=lambda _: None, /):
        progress("throwing")
        if self.raises is not None:
            raise self.raises("the coin is gone")
        throws = rng.random(2_000) < 0.5
        error = float(throws.std() / math.sqrt(throws.size))
        check = Check(
            name="share of heads",
            expected=self.expected,
            measured=float(throws.mean()),
            standard_error=error,
        )
        seen = throws.cumsum()[99::100] / range(100, 2_001, 100)
        curve = Curve(name="share", x=tuple(range(100, 2_001, 100)), y=tuple(map(float, seen)))
        return Outcome(checks=(check,), figure=Figure(x="throws", y="share", curves=(curve,)))


@pytest.fixture
def catalogue(monkeypatch):
    """Puts other experiments in the place of the catalogue."""
    return lambda *experiments: monkeypatch.setattr(published, "EXPERIMENTS", experiments)


def held(folder):
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def by_id(folder):
    return {one["id"]: one for one in held(folder)["experiments"]}


def lab(say, folder, *arguments):
    return say("lab", "run", "-o", str(folder), "--quiet", *arguments)


def test_the_list_has_one_aligned_line_for_each(say, catalogue):
    catalogue(Coin(id="L10", title="Another", seconds=200.0, extra="models"), Coin(id="L9"))
    said = say("lab", "list")
    assert said.code == 0
    assert said.out.splitlines() == [
        "L9   A coin   < 1 s  Bernoulli et al. 1913",
        "L10  Another  3 min  needs extra models; Bernoulli et al. 1913",
    ]


def test_the_real_catalogue_is_listed(say):
    lines = say("lab", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == [one.id for one in published.EXPERIMENTS]
    assert all(len(line) <= 110 for line in lines)


def test_what_holds_exits_with_0_and_leaves_a_page(say, catalogue, tmp_path):
    catalogue(Coin())
    said = lab(say, tmp_path / "lab", "l5")
    assert said.code == 0, said.err
    assert said.err == ""
    assert re.search(r"share of heads\s+0\.500 +0\.\d{3} ± 0\.011 +0\.04\d +holds", said.out)
    assert "L5 holds: its one number takes up" in said.out
    assert said.out.endswith(f"open {tmp_path}/lab/laboratory.html\n")
    assert names(tmp_path / "lab") == FILES
    page = (tmp_path / "lab" / "laboratory.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert not re.search(r"<script|\ssrc=|https?://|@import|url\(", page)
    assert '<span class="word pass">HOLDS' in page
    assert "| share of heads |" in (tmp_path / "lab" / "laboratory.md").read_text(encoding="utf-8")


def test_what_does_not_hold_exits_with_1(say, catalogue, tmp_path):
    catalogue(Coin(id="L5"), Coin(id="L6", expected=0.7))
    said = lab(say, tmp_path / "lab", "L6", "L5")
    assert said.code == 1
    assert "DOES NOT HOLD" in said.out
    assert "L6 does not hold: share of heads was to be 0.700 and came out at 0." in said.out
    assert "Of 2 experiments 1 came out as published or derived; L6 did not." in said.out
    assert said.out.index("\nL6  ") > said.out.index("L5  ")  # in the order of the catalogue
    assert [one["holds"] for one in held(tmp_path / "lab")["experiments"]] == [True, False]
    assert "NOT ALL HOLD" in (tmp_path / "lab" / "laboratory.html").read_text(encoding="utf-8")
    # The first still holds, alone.
    assert lab(say, tmp_path / "other", "L5").code == 0


def test_the_same_seed_gives_the_same_bytes_whatever_else_is_run(say, catalogue, tmp_path):
    catalogue(Coin(id="L5"), Coin(id="L6"))
    assert lab(say, tmp_path / "one", "L5", "L6").code == 0
    assert lab(say, tmp_path / "two", "L6").code == 0
    assert lab(say, tmp_path / "two", "L5", "l5").code == 0
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    found = by_id(tmp_path / "one")
    assert found["L5"]["checks"] != found["L6"]["checks"]  # each has a generator of its own
    assert lab(say, tmp_path / "two", "L5", "--seed", "7").code == 0
    again = by_id(tmp_path / "two")
    assert again["L6"] == found["L6"]
    assert again["L5"]["seed"] == 7
    assert again["L5"]["checks"] != found["L5"]["checks"]


def test_a_real_experiment_is_the_same_bytes_in_two_processes(tmp_path):
    for folder in ("one", "two"):
        said = spawn("lab", "run", "L7", "-o", folder, "--quiet", cwd=tmp_path, env={"COLUMNS": "92"})
        assert said.code == 0, said.err
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_all_leaves_out_what_needs_an_extra_and_says_so(say, catalogue, tmp_path):
    catalogue(Coin(id="L5"), Coin(id="L18", extra="models"))
    said = lab(say, tmp_path / "lab", "--all")
    assert said.code == 0
    assert list(by_id(tmp_path / "lab")) == ["L5"]
    assert "left out: L18, which needs the extra models; by name: holdfast lab run L18" in said.out
    said = lab(say, tmp_path / "lab", "--all", "L18")
    assert list(by_id(tmp_path / "lab")) == ["L5", "L18"]
    assert "left out" not in said.out


def test_a_missing_extra_keeps_what_is_done(say, catalogue, tmp_path):
    catalogue(Coin(id="L5"), Coin(id="L18", extra="models", raises=MissingExtra))
    said = lab(say, tmp_path / "lab", "L5", "L18", "--seed", "3")
    assert said.code == 2
    assert (
        f"1 of 2 experiments are kept in {tmp_path}/lab; the others: holdfast lab run L18 --seed 3"
        in said.err
    )
    assert list(by_id(tmp_path / "lab")) == ["L5"]


def test_an_interrupt_keeps_what_is_done(say, catalogue, tmp_path):
    catalogue(Coin(id="L5"), Coin(id="L6", raises=KeyboardInterrupt))
    said = lab(say, tmp_path / "lab", "--all")
    assert said.code == 130
    assert "1 of 2 experiments are kept in" in said.err
    assert said.err.splitlines()[-1] == "interrupted; nothing half-written is left"
    assert names(tmp_path / "lab") == FILES
    assert list(by_id(tmp_path / "lab")) == ["L5"]
    said = lab(say, tmp_path / "new", "L6")
    assert said.code == 130
    assert names(tmp_path) == ["lab"]  # nothing done leaves nothing


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_leaves_whole_files(tmp_path):
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        world.command("lab", "run", "L7", "L12", "-o", "lab"),
        cwd=tmp_path,
        env=world.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell's background job ignores Ctrl-C, and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    deadline = time.monotonic() + 300
    while not (tmp_path / "lab" / "laboratory.md").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert list(by_id(tmp_path / "lab")) == ["L7"]
    assert names(tmp_path / "lab") == FILES


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no experiment is named"),
        (("L77",), "there is no experiment 'L77'. Did you mean 'L7'? There are: L1, L2"),
        (("bench",), "there is no experiment 'bench'"),
        (("L7", "--seed", "-1"), "--seed"),
    ],
)
def test_what_it_refuses(say, tmp_path, arguments, message):
    said = lab(say, tmp_path / "lab", *arguments)
    assert said.code == 2
    assert message in said.err
    assert said.out == ""
    assert names(tmp_path) == []


def test_a_folder_that_is_not_ours_stays_as_it_is(say, catalogue, tmp_path):
    catalogue(Coin())
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "laboratory.html").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for place in ("thesis", "file"):
        said = lab(say, tmp_path / place, "L5")
        assert said.code == 2
        assert "-o" in said.err
    assert names(tmp_path / "thesis") == ["laboratory.html"]
    assert (tmp_path / "thesis" / "laboratory.html").read_text() == "mine"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"schema": "holdfast.bench/1", "experiments": []}',
        b'{"schema": "holdfast.laboratory/1", "experiments": [{}]}',
        b'{"schema": "holdfast.laboratory/1", "experiments": 3}',
        b"\xff\xfe\x00",
    ],
)
def test_damaged_results_are_not_written_over(say, catalogue, tmp_path, body):
    catalogue(Coin())
    (tmp_path / "results.json").write_bytes(body)
    said = lab(say, tmp_path, "L5")
    assert said.code == 2, said.err
    assert "results.json" in said.err
    assert "Traceback" not in said.err
    assert (tmp_path / "results.json").read_bytes() == body


def test_what_a_file_says_of_holding_is_not_believed(say, catalogue, tmp_path):
    catalogue(Coin(id="L5", expected=0.9), Coin(id="L6"))
    assert lab(say, tmp_path, "L5").code == 1
    body = held(tmp_path)
    body["experiments"][0]["holds"] = body["experiments"][0]["checks"][0]["holds"] = True
    (tmp_path / "results.json").write_text(json.dumps(body))
    assert lab(say, tmp_path, "L6").code == 0  # L6 alone was run, and holds
    assert by_id(tmp_path)["L5"]["holds"] is False
    assert "NOT ALL HOLD" in (tmp_path / "laboratory.html").read_text(encoding="utf-8")


def test_outcomes_become_plain_data_and_back():
    figure = Figure(
        x="a",
        y="b",
        curves=(
            Curve(name="c", x=(1.0, 2.0), y=(0.5, math.nan), low=(0.4, math.nan), high=(0.6, math.nan)),
            Curve(name="d", x=(1.0,), y=(2.0,), kind="expected"),
        ),
        log_x=True,
    )
    checks = (
        Check(name="one", expected=1.0, measured=1.01, standard_error=0.1, floor=0.05),
        Check(name="two", expected=1.0, measured=0.5, relation="at_most"),
        Check(name="three", expected=1.0, measured=math.inf, relation="at_least"),
    )
    made = results.Result(
        id="L1", title="t", question="q", setup="s", source="o", seed=4, holdfast_version="0",
        outcome=Outcome(checks=checks, figure=figure, notes=("n",)),
    )  # fmt: skip
    plain = results.plain_results([made])
    text = json.dumps(plain, allow_nan=False)
    assert [check["holds"] for check in plain["experiments"][0]["checks"]] == [True, True, False]
    (back,) = results.read_results(json.loads(text), "results.json")
    assert results.plain_results([back]) == plain
    assert back.outcome.checks[:2] == checks[:2]
    assert math.isnan(back.outcome.figure.curves[0].y[1])
    assert back.seed == 4
