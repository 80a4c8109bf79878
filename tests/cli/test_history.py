"""`holdfast history`, from files to the page."""

from __future__ import annotations

import json

import numpy as np
import pytest

from holdfast.cli.history import history
from holdfast.errors import HoldfastError


def table(path, skills):
    rng = np.random.default_rng(1)
    hard = rng.random(200)
    lines = ["model,task,metric,value,item"]
    for model, (one, other) in skills.items():
        lines += [f"{model},arc,acc,{int(hard[i] < one)},{i}" for i in range(200)]
        lines += [f"{model},truthfulqa_mc2,acc,{int(hard[-i] < other)},{i}" for i in range(200)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def go(capsysbinary):
    """Runs the verb; exit code, standard output, standard error."""

    def say(*arguments):
        code = history.main([str(one) for one in arguments], prog_name="history", standalone_mode=False)
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return say


def test_what_was_forgotten(go, tmp_path):
    file = table(tmp_path / "s.csv", {"base": (0.8, 0.6), "one": (0.8, 0.6), "two": (0.6, 0.6)})
    names = [f"{name}={file}" for name in ("base", "one", "two")]
    page, plain = tmp_path / "h.html", tmp_path / "h.json"
    code, out, err = go(*names, "--report", page, "--json", plain)
    assert code == 1
    assert out.startswith("LOST  two has lost ground in “arc”: 20.5 points worse than base.")
    assert "Bias and facts" in out
    assert f"report: {page}" in err
    told = json.loads(plain.read_text())
    assert (told["schema"], told["verdict"], told["exit_code"]) == ("holdfast.history/1", "fail", 1)
    assert "<script" not in page.read_text()


def test_nothing_forgotten_and_nothing_to_compare(go, tmp_path):
    file = table(tmp_path / "s.csv", {"base": (0.7, 0.6), "one": (0.7, 0.6)})
    code, out, _ = go(f"base={file}", f"one={file}")
    assert code == 0
    assert out.startswith("HELD  one has not surely lost anything in 2 figures")
    code, out, _ = go(f"base={file}")
    assert code == 3
    assert "stands alone" in out


def test_json_on_standard_output(go, tmp_path):
    file = table(tmp_path / "s.csv", {"base": (0.7, 0.6)})
    _, out, _ = go(f"base={file}", "--json", "-", "--bias", "ar*")
    assert {entry["group"] for entry in json.loads(out)["series"]} == {"bias"}


def test_a_path_with_a_sign_in_it_is_a_path(go, tmp_path):
    file = table(tmp_path / "a=b.csv", {"base": (0.7, 0.6)})
    code, out, _ = go(file, "--json", "-")
    assert code == 3
    assert json.loads(out)["generations"][0]["name"] == "a=b"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "there is no such file"),
        (("a=FILE", "a=FILE"), "two generations are called 'a'"),
        (("a=FILE", "--report", "FILE"), "is an input and would be lost"),
    ],
)
def test_what_is_refused(go, tmp_path, arguments, message):
    file = str(table(tmp_path / "s.csv", {"a": (0.7, 0.6)}))
    with pytest.raises(HoldfastError, match=message):
        go(*(one.replace("FILE", file) for one in arguments))
