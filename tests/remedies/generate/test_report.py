import json
import shutil

import pytest
from small_runs import LOSSY, REAL

from holdfast.anchors import freeze, open_anchor
from holdfast.cli import run
from holdfast.errors import InputError
from holdfast.remedies.generate import generate
from holdfast.remedies.generate.report import read_report

RULES = {"method": ["rule_based"], "judge_share": 0, "rows": 20, "rounds": 1}


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def audited(folder, name, *arguments):
    run(["audit", *arguments, "--json", str(folder / name), "--quiet", "--draws", "1199"])
    return folder / name


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Real rows, a set that lost a stratum, anchors, and reports of audits of the set by both."""
    folder = tmp_path_factory.mktemp("report")
    real = write(folder / "real.jsonl", [{"id": f"r{n}", **row} for n, row in enumerate(REAL)])
    made = write(folder / "made.jsonl", [{"id": f"m{n}", **row} for n, row in enumerate(LOSSY)])
    freeze(real, output=folder / "anchor", gold=0.0, holdout=0.0)
    freeze(real, output=folder / "other", gold=0.3, holdout=0.0)
    audited(folder, "by_real.json", str(made), "--real", str(real))
    audited(folder, "by_anchor.json", str(made), "--anchor", str(folder / "anchor"))
    return folder


def changed(place, tmp_path, name="by_real.json", **parts):
    body = json.loads((place / name).read_bytes())
    for path, value in parts.items():
        where = body
        *steps, last = path.split("__")
        for step in steps:
            where = where[step]
        if value is ...:
            del where[last]
        else:
            where[last] = value
    file = tmp_path / "report.json"
    file.write_text(json.dumps(body), encoding="utf-8")
    return file


def refused(report, **given):
    with pytest.raises(InputError) as caught:
        read_report(report, **({"candidate": None, "real": None, "anchor": None} | given))
    return str(caught.value)


def test_a_report_names_the_set_the_real_rows_and_what_was_lost(place):
    found = read_report(place / "by_real.json", candidate=None, real=None, anchor=None)
    assert (found.candidate, found.real) == (place / "made.jsonl", place / "real.jsonl")
    assert (found.anchor, found.text, found.label, found.lost) == (None, "text", "intent", ("lost",))
    assert found.data_hash.startswith("sha256:")


def test_generating_for_a_report_asks_for_what_was_lost(place):
    found = generate(report=place / "by_real.json", **RULES)
    assert {row["stratum"] for row in found.strata} == {"lost"}
    assert found.wished > 0


def test_a_frozen_anchor_must_be_given_and_be_the_one(place):
    report = place / "by_anchor.json"
    assert "Add --anchor FOLDER" in refused(report)
    found = read_report(report, candidate=None, real=None, anchor=place / "anchor")
    assert found.anchor.digest == open_anchor(place / "anchor").digest
    assert (found.real, found.text, found.label) == (None, None, None)
    assert "another anchor" in refused(report, anchor=place / "other")
    assert "another anchor" in refused(report, anchor=open_anchor(place / "other"))


def test_a_set_that_has_changed_since_is_refused(place, tmp_path):
    for rows in (LOSSY[:-1], [*LOSSY[:-1], LOSSY[-1] | {"text": "other words now"}]):
        other = write(tmp_path / "made.jsonl", [{"id": f"m{n}", **row} for n, row in enumerate(rows)])
        with pytest.raises(InputError, match="changed since"):
            generate(other, report=place / "by_real.json", **RULES)


def test_files_that_moved_along_with_the_report_are_found(place, tmp_path, monkeypatch):
    for name in ("real.jsonl", "made.jsonl"):
        shutil.copy(place / name, tmp_path / name)
    report = changed(place, tmp_path, candidate__files=["made.jsonl"], anchor__files=["real.jsonl"])
    found = read_report(report, candidate=None, real=None, anchor=None)
    assert (found.candidate, found.real) == (tmp_path / "made.jsonl", tmp_path / "real.jsonl")
    monkeypatch.chdir(tmp_path)
    found = read_report("report.json", candidate=None, real=None, anchor=None)
    assert found.candidate.exists()


def test_files_that_are_gone_are_named(place, tmp_path):
    said = refused(changed(place, tmp_path, candidate__files=["gone.jsonl"]))
    assert "'gone.jsonl', which is not there" in said
    assert "holdfast generate CANDIDATE --for" in said
    assert "--real FILE" in refused(changed(place, tmp_path, anchor__files=["gone.jsonl"]))
    for name in ("x" * 5_000, "a\x00b"):
        assert "which is not there" in refused(changed(place, tmp_path, candidate__files=[name]))


def test_sets_from_memory_must_be_given(place, tmp_path):
    for files in ([], [None], [3], [""]):
        assert "it came from memory" in refused(changed(place, tmp_path, candidate__files=files))
    report = changed(place, tmp_path, candidate__files=[], anchor__files=[])
    found = read_report(report, candidate=LOSSY, real=REAL, anchor=None)
    assert (found.candidate, found.real) == (LOSSY, REAL)


def test_what_is_no_report(place, tmp_path):
    file = tmp_path / "report.json"
    for said, why in (
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe{}", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no report of an audit"),
        (b"3", "no report of an audit"),
        (b"{}", "no report of an audit"),
        (b'{"schema": "holdfast.curate/1"}', "no report of an audit"),
        (b'{"schema": 3}', "no report of an audit"),
        (b'{"schema": "holdfast.audit/1"}', "lacks what an audit says"),
    ):
        file.write_bytes(said)
        assert why in refused(file)
    for place_ in (tmp_path / "nowhere.json", tmp_path):
        assert "cannot be read" in refused(place_)


@pytest.mark.parametrize(
    "parts",
    [
        {"candidate": None},
        {"candidate": []},
        {"anchor": "frozen"},
        {"strata": None},
        {"strata__table": None},
        {"strata__table": [3]},
        {"strata__table": [{"stratum": "a"}]},
        {"candidate__files": ...},
        {"candidate__files": 3},
        {"candidate__data_hash": ...},
        {"anchor__kind": ...},
        {"anchor__text_column": ...},
    ],
)
def test_a_report_that_lacks_something_says_so(place, tmp_path, parts):
    assert "lacks what an audit says" in refused(changed(place, tmp_path, **parts))
