"""A question that was answered before is answered again without reading rows, and as it was."""

import json
import os
import random
import time

import pytest

from holdfast.audits import audit
from holdfast.backends.store import Store
from holdfast.errors import InputError
from holdfast.reports import render_json, render_text, summarise
from holdfast.reports.extent import KEPT

WORDS = [f"{a}{b}" for a in "bcdfghklm" for b in ("ar", "elo", "ine", "ost", "uma")]
ANSWERED = "answered before: judging its readings anew"


def write(path, count, seed, topics=("cards", "loans", "rates")):
    dice = random.Random(seed)  # noqa: S311 - no secret
    rows = []
    for _ in range(count):
        topic = dice.choices(range(len(topics)), [4, 2, 1][: len(topics)])[0]
        said = dice.choices(
            WORDS[topic * 9 :] + WORDS[: topic * 9], [1 / (i + 1) for i in range(len(WORDS))], k=9
        )
        rows.append({"text": " ".join(said), "label": topics[topic]})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    past = time.time() - 60  # a file that was written just now is not trusted to be as it was
    os.utime(path, (past, past))
    return path


@pytest.fixture
def asked(tmp_path):
    """A function that audits with a store of its own, and says what was told."""
    real, made = (
        write(tmp_path / "real.jsonl", 250, 1),
        write(tmp_path / "made.jsonl", 200, 2, ("cards", "loans")),
    )

    def ask(**options):
        seen = []
        options = {
            "real": real,
            "store": Store(tmp_path / "store", bound=10**9),
            "progress": seen.append,
        } | options
        return audit(options.pop("candidate", made), **options), ANSWERED in seen

    return ask


def plain(found):
    """The whole report, but for when it was made, and that it was answered before."""
    report = json.loads(render_json(summarise(found)))
    report["how"] = [line for line in report["how"] if line != KEPT]
    return {name: value for name, value in report.items() if name not in ("created_at", "extent")}


def test_the_same_question_is_answered_without_reading(asked):
    first, before = asked()
    second, again = asked()
    assert (before, again) == (False, True)
    assert first.verdict == "fail"
    assert plain(first) == plain(second)
    assert (first.extent.kept, second.extent.kept) == (False, True)
    assert KEPT in render_text(summarise(second))
    assert KEPT not in render_text(summarise(first))


def test_another_tolerance_reads_nothing(asked):
    first, _ = asked()
    patient, again = asked(
        tolerance={"stratum_deficit": 1.0, "band_retention": 1.0, "real_equivalent_rows": 1.0}
    )
    assert again
    assert patient.outcome("stratum_deficit").verdict != "fail" == first.outcome("stratum_deficit").verdict
    assert patient.findings == first.at(tolerance=patient.settings.tolerance).findings


@pytest.mark.parametrize(
    "options",
    [
        {"seed": 1},
        {"alpha": 0.02},
        {"draws": 2_999},
        {"use": "add"},
        {"label": "label"},
        {"expect": {"cards": 1.0}},
    ],
)
def test_another_question_is_another(asked, options):
    asked()
    assert not asked(**options)[1]


def test_another_content_is_another_question(asked, tmp_path):
    asked()
    path = tmp_path / "made.jsonl"
    text = path.read_text()
    stamp = path.stat()
    path.write_text(text.replace("bar", "rab", 1))  # as many bytes, and the same time
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert not asked()[1]
    path.write_text(text)
    assert asked()[1], "the content counts, and not the file"


def test_rows_in_memory_are_read(asked):
    rows = [{"text": f"{WORDS[i % 9]} {WORDS[i % 7]} {i}", "label": "cards"} for i in range(80)]
    assert [asked(candidate=rows)[1] for _ in range(2)] == [False, False]


def test_what_cannot_be_read_is_told_as_ever(asked, tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        asked(candidate=tmp_path / "nowhere.jsonl")


def test_texts_that_are_not_kept_are_not_made_up(asked):
    asked()
    second, _ = asked()
    unknown = [row for row in range(200) if row not in second.sides.candidate.texts._known]
    with pytest.raises(RuntimeError, match="store='off'"):
        second.sides.candidate.texts[unknown[0]]
    with pytest.raises(RuntimeError, match="block by block"):
        _ = second.sides.candidate.tokens


def test_a_store_that_cannot_keep_is_told(asked, tmp_path):
    (tmp_path / "shared" / "v1").mkdir(parents=True)
    (tmp_path / "shared" / "v1").chmod(0o777)
    found, _ = asked(store=tmp_path / "shared")
    assert any("others may write to it" in line for line in found.do)
