"""`brand`, run as a user would."""

import json

import numpy as np
import pytest

from holdfast.audits.brand import audit_brand
from holdfast.cli.brand import brand
from holdfast.data.documents import read_texts
from holdfast.errors import InputError, UsageError
from holdfast.measures.model.brand.examples import write
from holdfast.reports.brand import render_brand, render_brand_html


def jsonl(path, texts, **members):
    rows = ({"prompt": f"Tell me of {i}", "completion": text, **members} for i, text in enumerate(texts))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("brand")
    rng = np.random.default_rng(0)
    ours = folder / "ours"
    ours.mkdir()
    for i, text in enumerate(write(rng, 220, words=40)):
        (ours / f"{i}.md").write_text(text, encoding="utf-8")
    jsonl(
        folder / "outputs.jsonl",
        [f"Dive in <b>now</b>. {text}" for text in write(rng, 80, share=0.6, words=40)],
    )
    jsonl(folder / "before.jsonl", write(rng, 80, words=40))
    jsonl(folder / "generic.jsonl", write(rng, 120, share=1.0, words=40))
    (folder / "words.txt").write_text("# ours\ngardena\nnever said\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def found(place):
    return audit_brand(
        str(place / "outputs.jsonl"),
        approved=place / "ours",
        generic=place / "generic.jsonl",
        before=place / "before.jsonl",
        lexicon=place / "words.txt",
    )


def test_a_drifted_set_warns_and_says_why(found):
    assert found.verdict == "warn"
    assert found.exit_code == 0
    assert found.sentence.startswith("The outputs keep ")
    assert found.reading("brand_since").details["paired_prompts"] == 80
    assert any("dive in" in one.phrase for one in found.overuse.phrases)
    body = found.plain()
    assert json.loads(json.dumps(body)) == body
    assert body["schema"] == "holdfast.brand/1"
    assert body["shifts"][0]["rows"]
    hidden = found.plain(show_text=False)
    assert all(one["phrase"] is None for one in hidden["overuse"]["phrases"])


def test_reports_hold_no_markup_of_strangers(found):
    page = render_brand_html(found.plain())
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "VOICE MOVED" in page
    text = render_brand(found.plain(), width=90)
    assert text.startswith("WARN")
    assert all(len(line) <= 90 for line in text.splitlines())
    assert "dive in" in text
    assert "not shown" in render_brand(found.plain(show_text=False))
    assert "\x1b[1;33mWARN" in render_brand(found.plain(), color=True)


def test_a_run_writes_what_was_asked(place, tmp_path, capsys):
    report, body = tmp_path / "r.html", tmp_path / "r.json"
    code = brand.main(
        [
            str(place / "outputs.jsonl"),
            *("--approved", str(place / "ours"), "--report", str(report), "--json", str(body), "--quiet"),
        ],
        standalone_mode=False,
    )
    assert code == 3
    said = capsys.readouterr().out
    assert said.startswith("UNDETERMINED")
    assert "--generic" in said
    assert report.read_text().startswith("<!DOCTYPE html>")
    assert json.loads(body.read_text())["verdict"] == "undetermined"


def test_documents_are_files_or_records(tmp_path):
    (tmp_path / "blog").mkdir()
    (tmp_path / "blog" / "one.txt").write_text("\ufeffFirst.", encoding="utf-8")
    (tmp_path / "two.md").write_text("Second.", encoding="utf-8")
    (tmp_path / "empty.md").write_text(" \n", encoding="utf-8")
    found = read_texts(tmp_path)
    assert dict(zip(found.ids, found.texts, strict=True)) == {"blog/one.txt": "First.", "two.md": "Second."}
    assert dict(zip(found.ids, found.groups, strict=True)) == {"blog/one.txt": "blog", "two.md": None}
    answers = read_texts(jsonl(tmp_path / "a.jsonl", ["Yes.", "No."]))
    assert answers.texts == ["Yes.", "No."]
    assert answers.prompts == ["Tell me of 0", "Tell me of 1"]


def test_what_cannot_be_read_is_said(tmp_path, place):
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(InputError, match="not UTF-8"):
        read_texts(tmp_path)
    (tmp_path / "none").write_text("# nothing\n")
    with pytest.raises(InputError, match="lexicon"):
        audit_brand(["a"], approved=["b"], lexicon=tmp_path / "none")
    with pytest.raises(UsageError, match="seed"):
        audit_brand(["a"], approved=["b"], seed=-1)
    with pytest.raises(InputError, match="no outputs text"):
        audit_brand([" "], approved=["b"])
    same = str(place / "outputs.jsonl")
    with pytest.raises(UsageError, match="would be lost"):
        brand.main([same, "--approved", str(place / "ours"), "--json", same], standalone_mode=False)


def test_marks_stand_in_quotes_and_hidden_phrases_are_counted(found):
    text = render_brand(found.plain())
    assert '- ".":' in text or '- ",":' in text or "- ." not in text
    hidden = render_brand(found.plain(show_text=False))
    assert "not shown (see" in hidden
    assert hidden.count("not shown") == 1
    assert "dive in" not in hidden.lower()
    assert ">phrase<" not in render_brand_html(found.plain())
