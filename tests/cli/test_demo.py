"""`holdfast demo`: a model collapses, and the audit notices."""

from __future__ import annotations

import json

import pytest

from world import names


@pytest.mark.slow
def test_the_demo(say, tmp_path):
    folder = tmp_path / "demo"
    said = say("demo", "-o", str(folder), "--generations", "2", "--quiet")
    assert said.code == 0, said.err
    table = {line.split("  ")[0]: line for line in said.out.splitlines() if line}
    assert "PASS" in table["reality"]
    assert "FAIL" in table["generation 2"]  # the first one that learnt from what a model wrote
    assert f"open {folder}/generation_2.html" in said.out
    audited = ["reality", *(f"generation_{number}" for number in (1, 2))]
    files = ["anchor", "human.jsonl", "manifest.json"]
    files += [f"{name}.{kind}" for name in audited for kind in ("html", "jsonl")]
    assert names(folder) == sorted(files)
    assert names(tmp_path) == ["demo"]
    assert json.loads((folder / "manifest.json").read_text())["schema"] == "holdfast.demo/1"
    for name in audited:
        first = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[0]
        assert json.loads(first)["text"]
        assert (folder / f"{name}.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert say("anchor", "verify", str(folder / "anchor")).code == 0
