"""What comes out: five forms of one audit, each valid, each harmless, none saying more than it may."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ET

import jsonschema
import pytest
from pyarrow import parquet

import world
from holdfast.reports import schema
from world import QUICK, names, rows, write

FORMS = {"report": "r.html", "json": "r.json", "markdown": "r.md", "junit": "r.xml"}


@pytest.fixture
def all_forms(say, tmp_path):
    """Audits, and gives everything that came out, by form; `terminal` and `errors` included."""

    def go(*arguments):
        folder = tmp_path / "out"
        folder.mkdir(exist_ok=True)
        targets = [part for kind, name in FORMS.items() for part in (f"--{kind}", str(folder / name))]
        said = say("audit", *arguments, *QUICK, *targets)
        assert said.code in (0, 1, 3), said.err
        assert names(folder) == sorted(FORMS.values())
        written = {kind: (folder / name).read_text(encoding="utf-8") for kind, name in FORMS.items()}
        return {"terminal": said.out, "errors": said.err, **written}

    return go


def test_json_follows_its_schema(all_forms, lossy, good, place, real):
    for candidate, verdict in ((lossy, "fail"), (good, "pass"), (str(place / "one.jsonl"), "undetermined")):
        found = json.loads(all_forms(candidate, "--real", real)["json"])
        jsonschema.validate(found, schema())
        assert found["verdict"] == verdict


def test_json_on_standard_output_is_nothing_but_json(say, lossy, real):
    said = say("audit", lossy, "--real", real, "--json", "-", "--draws", "1199")
    assert said.code == 1
    jsonschema.validate(json.loads(said.out), schema())
    assert said.out.endswith("}\n")


def test_junit_parses(all_forms, lossy, real):
    root = ET.fromstring(all_forms(lossy, "--real", real)["junit"])  # noqa: S314 - our own
    assert root.iter("testcase")
    assert len(list(root.iter("failure"))) >= 1


def test_every_written_file_is_named(say, tmp_path, good, real):
    path = tmp_path / "r.html"
    said = say("audit", good, "--real", real, "--report", str(path), *QUICK)
    assert said.err == f"report: {path}\n"


PRIVATE = {
    "e-mail": "jo.doe@example.org",
    "phone": "+49 170 1234567",
    "key": "sk-abcdefghijklmnopqrstuvwx",
}


def test_markdown_masks_what_is_private(say, tmp_path, real):
    text = f"write to {PRIVATE['e-mail']} or call {PRIVATE['phone']} with {PRIVATE['key']} please"
    candidate = write(tmp_path / "a.jsonl", [{"text": text, "intent": "card"}] * 200)
    masked = say("audit", candidate, "--real", real, "--markdown", "-", *QUICK).out
    shown = say("audit", candidate, "--real", real, "--markdown", "-", "--no-mask", *QUICK).out
    plain = {name: value.replace("@", "").replace("+", "")[:9] for name, value in PRIVATE.items()}
    flat_masked, flat_shown = (re.sub("[\\\\\u200b@+]", "", text) for text in (masked, shown))
    for name, value in plain.items():
        assert value not in flat_masked, name
        assert value in flat_shown, name
    assert "phone" in masked


def made_up(count, *, seed, prefix):
    """Rows whose every word is made up (it begins with `qx`), so that none can be anywhere by chance."""
    return [
        {
            **row,
            "id": f"{prefix}-{number}",
            "text": re.sub(r"\w+", lambda word: f"qx{word[0]}", row["text"]),
        }
        for number, row in enumerate(rows(count, seed=seed))
    ]


def test_no_text_means_no_text(all_forms, tmp_path):
    real = made_up(500, seed=1, prefix="real")
    candidate = made_up(250, seed=2, prefix="made")
    for number, row in enumerate(candidate):
        if number % 2:
            row["text"] = "qxcertainly qxhere qxis qxyour qxanswer " + row["text"]
        if number % 3 == 2:
            row["text"] = candidate[number - 1]["text"]
        if number % 7 == 0:
            row["text"] = real[number]["text"]
        if number % 11 == 0:
            row["text"] = f"qxнечто qxсовсем qxиное qx{number} qxпро qxдругое"
        if row["intent"] == "loan":
            row["intent"] = "card"
    found = all_forms(
        write(tmp_path / "a.jsonl", candidate), "--real", write(tmp_path / "r.jsonl", real), "--no-text"
    )
    whole = json.loads(found["json"])
    assert {finding["measure"] for finding in whole["findings"]} >= {
        "near_duplicates",
        "anchor_copies",
        "artifacts",
    }
    assert whole["phrases"]
    for form, text in found.items():
        assert "qx" not in text, (form, text[max(0, text.index("qx") - 100) :][:200])
    assert "made-" in found["terminal"]
    assert len(set(re.findall(r"made-\d+", found["json"]))) > 100


def test_the_holdout_is_never_shown(say, all_forms, tmp_path):
    real = [
        {**row, "text": f"{row['text']} canary{number:05d}x"} for number, row in enumerate(rows(800, seed=1))
    ]
    folder = tmp_path / "anchor"
    said = [say("anchor", "freeze", write(tmp_path / "r.jsonl", real), "-o", str(folder), "--quiet")]
    holdout = parquet.read_table(folder / "holdout.parquet").column("text").to_pylist()
    canaries = [re.search(r"canary\d+x", text)[0] for text in holdout]
    assert len(canaries) > 30
    lossy = write(tmp_path / "a.jsonl", rows(300, seed=3, shares=(4, 3, 0, 0)))
    found = all_forms(lossy, "--anchor", str(folder))
    said += [say("anchor", "show", str(folder)), say("anchor", "verify", str(folder))]
    path = folder / "holdout.parquet"
    whole = path.read_bytes()
    table = parquet.read_table(path)
    changed = table.column("payload").to_pylist()
    changed[0] = changed[0].replace("case", "CASE")
    parquet.write_table(table.set_column(table.column_names.index("payload"), "payload", [changed]), path)
    said += [say("anchor", "verify", str(folder)), say("anchor", "show", str(folder))]
    assert "holdout: 1 record" in said[-2].err
    path.write_bytes(whole[:-80])
    said += [say("anchor", "verify", str(folder))]
    outputs = [*found.values(), *(part for one in said for part in (one.out, one.err))]
    assert "canary" in found["json"]  # rows of the reference are shown: the search can find something
    others = [file for file in folder.iterdir() if file != path]
    outputs += [file.read_text() for file in others if file.suffix == ".json"]
    outputs += [str(parquet.read_table(file).to_pylist()) for file in others if file.suffix == ".parquet"]
    for output in outputs:
        assert not [canary for canary in canaries if canary in output]
    ids = parquet.read_schema(folder / "nulls.parquet").names
    assert "text" not in ids


def test_the_same_seed_gives_the_same_bytes(place, tmp_path):
    outputs = []
    for name, hashes in (("a.json", "1"), ("b.json", "2")):
        said = world.spawn(
            *(
                "audit",
                "lossy.jsonl",
                "--real",
                "real.jsonl",
                "--seed",
                "7",
                "--json",
                str(tmp_path / name),
                *QUICK,
            ),
            cwd=place,
            env={"PYTHONHASHSEED": hashes},
        )
        assert said.code == 1
        text = (tmp_path / name).read_text()
        outputs.append(re.sub(r'"created_at": "[^"]*"', "", text))
    assert outputs[0] == outputs[1]


HOSTILE = (
    "\x1b[31mred\x1b[0m \x1b]0;owned\x07 \x9b2J",
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "safe\u202egpj.exe\u2066 \u200b\ufeff",
    "=cmd|' /C calc'!A0",
    "one\r\nPASS  all is well\r\n",
    "word " * 200_000,
    "null\0byte\b\b\b",
)


def test_hostile_records_are_inert(all_forms, tmp_path, real):
    made = []
    for number, row in enumerate(rows(200, seed=5)):
        bad = HOSTILE[number % len(HOSTILE)]
        made.append(
            {
                "id": f"{number} {bad[:60]}",
                "text": bad + row["text"],
                "intent": bad[:60] if number % 3 else "card",
            }
        )
    name = "a\x1b[2J<b>\u202e.jsonl"
    found = all_forms(write(tmp_path / name, made), "--real", real)
    for form in ("terminal", "errors", "report", "markdown"):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", found[form]), form
    assert not [line for line in found["terminal"].splitlines()[1:] if line.startswith("PASS")]
    assert "<script>" not in found["report"]
    assert "<img src=x" not in found["report"]
    assert all(len(line) < 200 for line in found["terminal"].splitlines())
    ET.fromstring(found["junit"])  # noqa: S314 - our own
    json.loads(found["json"])


def test_errors_about_hostile_names_are_inert(say, real, tmp_path):
    made = [{"text\x1b[31m\nerror: fake": 3}]
    said = say("audit", write(tmp_path / "a\x1b[2J\n.jsonl", made), "--real", real)
    assert said.code == 2
    assert "\x1b" not in said.err
    assert len(said.err.splitlines()) == 1


def test_the_terminal_is_good_at_80_columns(place):
    said = world.spawn(
        "audit",
        "lossy.jsonl",
        "--real",
        "real.jsonl",
        *QUICK,
        cwd=place,
        env={"COLUMNS": "80", "LINES": "24"},
    )
    assert said.code == 1
    assert max(map(len, said.out.splitlines())) <= 80
    assert "\x1b" not in said.out


def test_colour_on_request_only(say, lossy, real):
    assert "\x1b[" in say("audit", lossy, "--real", real, "--color", *QUICK).out
    assert "\x1b" not in say("audit", lossy, "--real", real, "--no-color", *QUICK).out
    assert "\x1b" not in say("audit", lossy, "--real", real, *QUICK).out


def test_a_log_gets_few_lines_of_progress(place):
    said = world.spawn("anchor", "freeze", "real.jsonl", "-o", str(place / "again"), cwd=place)
    assert said.code == 0, said.err
    assert len(said.err.splitlines()) <= 3


def test_an_encoding_without_the_character_is_no_error(place, tmp_path):
    candidate = write(tmp_path / "a.jsonl", [{"text": "“деньги” и 漢字", "intent": "card"}] * 100)
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run(  # noqa: S603 - our own interpreter
            world.command("audit", candidate, "--real", str(place / "real.jsonl"), *QUICK),
            env=world.environment({"PYTHONIOENCODING": "latin-1"}),
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == b""
    assert "\\u0434" in (tmp_path / "out").read_text(encoding="latin-1")
