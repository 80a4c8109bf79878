"""`holdfast generate --html`: the page, written where it was asked for."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def asked(real, lossy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    given = [lossy, "--real", real, "-o", str(folder / "more"), "--method", "rule_based"]
    return folder, ["generate", *given, "--rows", "20", "--rounds", "1", "--quiet"]


def test_a_page_is_written(say, asked):
    folder, line = asked
    said = say(*line, "--html", str(folder / "more.html"))
    assert said.code in {0, 1}, said.err
    assert "html:" in said.err
    assert "rows asked for" in said.out
    page = (folder / "more.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") or "<!DOCTYPE html>" in page[:200]
    assert "Made rows beside real ones" in page
    assert "<script" not in page


def test_a_place_that_cannot_be_written_is_refused_before_the_work(say, asked, tmp_path):
    _, line = asked
    said = say(*line, "--replace", "--html", str(tmp_path / "nowhere" / "page.html"))
    assert said.code == 2
    assert "rows asked for" not in said.out
