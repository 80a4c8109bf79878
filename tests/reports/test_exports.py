"""Exports: read back by the tools of those whose formats they are."""

import datetime as dt
import json
import re
import warnings

import pytest
import yaml
from hostility import HOSTILE
from openlineage_client import client, decoded
from samples import fail

from holdfast import export
from holdfast.cli import run
from holdfast.data import read_records
from holdfast.data.lineage import Declared, tag
from holdfast.errors import InputError, OutputError, UsageError
from holdfast.remedies.blend import blend
from holdfast.remedies.curate import curate
from holdfast.reports.exports.card import BEGIN, END
from holdfast.reports.exports.croissant import RAI
from holdfast.reports.jsonfile import render
from holdfast.reports.summarise import summarise

RECIPE = """
rows = 40
[[source]]
name = "made"
path = "made.jsonl"
share = 0.7
[[source]]
name = "real"
path = "real.jsonl"
share = 0.3
"""
ABOUT = """
name = "support-intents"
version = "2.0.0"
description = "Support requests."
license = "CC-BY-4.0"
url = "https://example.org/support-intents"
cite_as = "Example Team (2026)"
creator = "Example Team"
date_published = 2026-11-20
language = ["en"]
data_limitations = "Few rare intents."
data_biases = "Refunds are over-represented."
personal_sensitive_information = "none"
data_use_cases = "Fine-tuning of intent models."
data_social_impact = "Internal routing only."
data_collection_timeframe = "2026"
"""


def rows_of(name, count, **more):
    return [
        {
            "id": f"{name}{i}",
            "text": f"{name} says {i * 7919} and {i * 104729}",
            "intent": "abc"[i % 3],
            **more,
        }
        for i in range(count)
    ]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def made(tmp_path):
    """A blend with lineage."""
    write(tmp_path / "made.jsonl", rows_of("made", 60))
    write(tmp_path / "real.jsonl", rows_of("real", 30))
    synthetic = Declared(
        source_type="synthetic", agent="org/model@4f1c", method="few_shot", generation_depth=1
    )
    tag(tmp_path / "made.jsonl", declared=synthetic)
    tag(tmp_path / "real.jsonl", declared=Declared(source_type="human"))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    (tmp_path / "about.toml").write_text(ABOUT)
    blend(tmp_path / "recipe.toml", output=tmp_path / "blend")
    return tmp_path / "blend"


@pytest.fixture
def audit(tmp_path):
    """An audit of forty rows, as an earlier release wrote it: it does not say which rows those were."""
    summary = fail()
    files = ["somewhere/blend/data/train.jsonl"]
    summary["candidate"] |= {"rows": 39, "empty_rows": 1, "skipped_rows": 0, "files": files}
    del summary["candidate"]["data_hash"]
    (tmp_path / "audit.json").write_text(json.dumps(summary))
    return tmp_path / "audit.json"


def croissant_of(folder):
    """What mlcroissant makes of it: warnings, and rows by record set."""
    import mlcroissant

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = mlcroissant.Dataset(str(folder / "croissant.json"))
        issues = dataset.metadata.issues
        sets = {entry.name: list(dataset.records(entry.uuid)) for entry in dataset.metadata.record_sets}
    assert not issues.errors
    return issues.warnings, sets


def test_croissant_is_read_back_by_mlcroissant(made):
    export(made, about=made.parent / "about.toml")
    warned, sets = croissant_of(made)
    assert not warned
    lines = [json.loads(line) for line in (made / "data/train.jsonl").read_text().splitlines()]
    found = [
        {key.removeprefix("records/"): value.decode() for key, value in row.items()}
        for row in sets["records"]
    ]
    assert found == lines
    depths = {row["lineage/id"].decode(): row["lineage/generation_depth"] for row in sets["lineage"]}
    assert depths == {line["id"]: int(line["id"].startswith("made")) for line in lines}


def test_croissant_says_what_conferences_ask_for(made):
    export(made, about=made.parent / "about.toml", format=["croissant"])
    said = json.loads((made / "croissant.json").read_text())
    assert said["rai:hasSyntheticData"] is True
    assert said["rai:dataBiases"] == "Refunds are over-represented."
    assert said["rai:dataCollectionTimeframe"] == "2026"
    assert RAI in said["conformsTo"]
    manifest = json.loads((made / "manifest.json").read_text())
    assert {entity["@id"] for entity in said["prov:wasDerivedFrom"]} == {
        f"urn:{source['digest']}" for source in manifest["sources"]
    }
    agents = [activity["prov:wasAssociatedWith"]["prov:label"] for activity in said["prov:wasGeneratedBy"]]
    assert "org/model@4f1c" in agents
    assert not (made / "README.md").exists()


def test_what_nobody_said_is_left_out_and_reported(made):
    found = export(made)
    said = json.loads((made / "croissant.json").read_text())
    for key in ("license", "version", "description", "inLanguage", "creator", "rai:dataBiases"):
        assert key not in said
    header, _ = card_of(made)
    assert "license" not in header
    assert "language" not in header
    assert {"license", "data_biases", "description"} <= set(found.missing)
    assert export(made, about=made.parent / "about.toml").missing == ()


def test_unknown_makers_are_not_called_real(tmp_path):
    write(tmp_path / "made.jsonl", rows_of("made", 60))
    write(tmp_path / "real.jsonl", rows_of("real", 30))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    blend(tmp_path / "recipe.toml", output=tmp_path / "blend")
    export(tmp_path / "blend")
    said = json.loads((tmp_path / "blend/croissant.json").read_text())
    assert "rai:hasSyntheticData" not in said
    header, _ = card_of(tmp_path / "blend")
    assert header["tags"] == ["holdfast"]
    assert header["holdfast"]["source_type_rows"] == {"unknown": 40}


def test_a_licence_that_all_rows_have_is_known(made):
    for name in ("made", "real"):
        tag(made.parent / f"{name}.jsonl", declared=Declared(licenses=("MIT",)), replace=True)
    blend(made.parent / "recipe.toml", output=made, replace=True)
    assert "license" not in export(made).missing
    assert card_of(made)[0]["license"] == "mit"
    tag(made.parent / "real.jsonl", declared=Declared(source_type="human"), replace=True)
    blend(made.parent / "recipe.toml", output=made, replace=True)
    assert "license" in export(made).missing


def test_a_croissant_of_others_is_kept_and_added_to(made, tmp_path):
    export(made, format=["croissant"], about=made.parent / "about.toml")
    theirs = json.loads((made / "croissant.json").read_text())
    theirs |= {"name": "theirs", "conformsTo": "http://mlcommons.org/croissant/1.1"}
    theirs = {key: value for key, value in theirs.items() if not key.startswith(("rai:", "prov:"))}
    (tmp_path / "theirs.json").write_text(json.dumps(theirs))
    export(made, format=["croissant"], about=made.parent / "about.toml", merge=tmp_path / "theirs.json")
    said = json.loads((made / "croissant.json").read_text())
    assert said["name"] == "theirs"
    assert said["rai:hasSyntheticData"] is True
    assert said["conformsTo"] == ["http://mlcommons.org/croissant/1.1", RAI]
    assert not croissant_of(made)[0]


def test_what_others_say_of_themselves_stays(made, tmp_path):
    theirs = {
        "@context": ["https://schema.org/", {"own": "https://example.org/own"}],
        "conformsTo": {"@id": "http://mlcommons.org/croissant/1.0"},
        "rai:dataBiases": "theirs",
        "prov:wasDerivedFrom": {"@id": "urn:theirs"},
        "own:word": 1,
    }
    (tmp_path / "theirs.json").write_text(json.dumps(theirs))
    export(made, format=["croissant"], about=made.parent / "about.toml", merge=tmp_path / "theirs.json")
    said = json.loads((made / "croissant.json").read_text())
    assert said["@context"][:2] == theirs["@context"]
    assert said["conformsTo"] == [{"@id": "http://mlcommons.org/croissant/1.0"}, RAI]
    assert said["rai:dataBiases"] == "theirs"
    assert said["rai:dataLimitations"] == "Few rare intents."
    assert said["prov:wasDerivedFrom"][0] == {"@id": "urn:theirs"}
    assert len(said["prov:wasDerivedFrom"]) == 3
    assert said["own:word"] == 1


def test_a_column_that_is_only_called_id_is_no_key(tmp_path):
    made = write(tmp_path / "made.jsonl", [row | {"qid": row["id"], "id": 7} for row in rows_of("made", 60)])
    real = [row | {"qid": row["id"]} for row in rows_of("real", 60)]
    curate(made, real=real, id="qid", output=tmp_path / "out")
    export(tmp_path / "out")
    records, lineage = json.loads((tmp_path / "out/croissant.json").read_text())["recordSet"]
    assert "key" not in records
    assert "references" not in lineage["field"][0]
    croissant_of(tmp_path / "out")


def test_nested_and_odd_columns_are_read_back(made):
    """Turns are read back as they stand; odd names and values harm nobody."""
    turns = [{"role": "user", "content": "hello?"}, {"role": "assistant", "content": "hello"}]
    deep = {"of": {"which": ["nobody", "knows"]}}
    odd = {"a b/c": "x", "@id": "y", 'q"uote': 1, "messages": turns, "none": None, "mixed": 1, "deep": deep}
    odd |= {"empty": {}, "blank": {"a b": 1}, "words": ["one", "two"], "more": {"score": 0.5, "who": "me"}}
    rows = rows_of("made", 60, **odd)
    rows[3]["mixed"] = "one"
    write(made.parent / "made.jsonl", rows)
    write(made.parent / "real.jsonl", rows_of("real", 30, **odd))
    for name in ("made", "real"):
        (made.parent / f"{name}.lineage.parquet").unlink()
    recipe = made.parent / "recipe.toml"
    recipe.write_text(f'text = "text"\nid = "id"\n{RECIPE}')
    blend(recipe, output=made, replace=True)
    export(made)
    _, sets = croissant_of(made)
    assert len(sets["records"]) == 40
    for row in sets["records"]:
        said = row["records/messages"]
        assert [turn["records/messages/content"].decode() for turn in said] == ["hello?", "hello"]
        assert row["records/words"] == [b"one", b"two"]
        assert row["records/more"] == {"records/more/score": 0.5, "records/more/who": b"me"}
        assert row["records/a%20b%2Fc"] == b"x"
        assert not any(name.partition("/")[2] in ("deep", "empty", "blank") for name in row)
    schema = events_of(made)[1].outputs[0].facets["schema"].fields
    assert {field.name: field.type for field in schema}["messages"] == "array of object"


def test_a_curated_set_is_exported_too(tmp_path):
    rows = rows_of("made", 80)
    write(tmp_path / "made.jsonl", [*rows, rows[0] | {"id": "again"}])
    write(tmp_path / "real.jsonl", rows_of("real", 60))
    curate(tmp_path / "made.jsonl", real=tmp_path / "real.jsonl", output=tmp_path / "out")
    export(tmp_path / "out")
    header, body = card_of(tmp_path / "out")
    kept = len((tmp_path / "out/data/kept.jsonl").read_text().splitlines())
    assert header["holdfast"]["rows"] == kept < 81
    assert f"{kept} of 81 rows" in body
    _, sets = croissant_of(tmp_path / "out")
    assert len(sets["records"]) == kept
    assert len(sets["lineage"]) == 81
    assert len(events_of(tmp_path / "out")) == 2


# The card


def card_of(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    _, header, body = re.split(r"^---$", text, maxsplit=2, flags=re.MULTILINE)
    return yaml.safe_load(header), body


def test_the_card_says_what_is_in_it(made, audit):
    export(made, about=made.parent / "about.toml", audit=audit)
    header, body = card_of(made)
    assert header["license"] == "cc-by-4.0"
    assert header["size_categories"] == ["n<1K"]
    assert header["tags"] == ["synthetic", "holdfast"]
    files = [entry["data_files"][0]["path"] for entry in header["configs"]]
    assert files == ["data/train.jsonl", "lineage.parquet"]
    assert all((made / name).is_file() for name in files)
    own = header["holdfast"]
    assert own["mixture"] == {
        "planned_share": {"made": 0.7, "real": 0.3},
        "realised_rows": {"made": 28, "real": 12},
    }
    assert own["depth_rows"] == {"1": 28, "0": 12}
    assert own["audit"]["verdict"] == "fail"
    worth = own["real_equivalent_rows"]
    assert worth["reality"] == fail()["worth"]["rows"]
    assert "| `made` | 70.0 % | 28 | 70.0 % |" in body
    assert "Refunds are over-represented." in body


def test_a_card_keeps_what_people_wrote(made):
    (made / "README.md").write_text(
        "---\nlicense: mit # ours\ntags:\n- banking\n- intents\npretty_name: Support\n---\n\n# Support\n\nWritten by hand.\n"
    )
    export(made, about=made.parent / "about.toml")
    first = (made / "README.md").read_text()
    header, body = card_of(made)
    assert header["license"] == "mit"
    assert header["tags"] == ["banking", "intents"]
    assert header["pretty_name"] == "Support"
    assert header["language"] == ["en"]
    assert "Written by hand." in body
    export(made, about=made.parent / "about.toml")
    assert (made / "README.md").read_text() == first
    # What holdfast wrote is written anew; what stands behind it stays.
    (made / "README.md").write_text(first + "\nMore by hand.\n")
    (made.parent / "about.toml").write_text(ABOUT.replace('["en"]', '["de"]'))
    export(made, about=made.parent / "about.toml")
    header, body = card_of(made)
    assert header["language"] == ["de"]
    assert body.count(BEGIN) == body.count(END) == 1
    assert body.index("Written by hand.") < body.index(BEGIN) < body.index("More by hand.")


def test_a_card_that_a_program_wrote_again_has_one_block(made):
    """Programs that read and write YAML lose comments, and our marks with them."""
    export(made)
    text = (made / "README.md").read_text().replace("  # by holdfast", "")
    (made / "README.md").write_text("\ufeff" + text.replace("\n", "\r\n"))
    export(made)
    after = (made / "README.md").read_text()
    assert after.count("\nholdfast:") == 1
    assert card_of(made)[0]["tags"] == ["synthetic", "holdfast"]


def test_lines_of_others_are_not_broken(made):
    (made / "README.md").write_text('---\npretty_name: "Foo\u2028Bar\x0cBaz"\n---\n# Foo\n', encoding="utf-8")
    export(made)
    assert '"Foo\u2028Bar\x0cBaz"' in (made / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [*HOSTILE, END, '"' * 600])
def test_names_of_strangers_harm_no_card(tmp_path, text):
    write(tmp_path / "made.jsonl", rows_of("made", 60))
    write(tmp_path / "real.jsonl", rows_of("real", 30))
    try:
        text.encode()
    except UnicodeEncodeError:
        with pytest.raises(InputError):
            tag(tmp_path / "made.jsonl", declared=Declared(agent=text))
        return
    tag(tmp_path / "made.jsonl", declared=Declared(source_type="synthetic", agent=text, source=text))
    recipe = RECIPE.replace('"made"', json.dumps(text, ensure_ascii=False))
    (tmp_path / "recipe.toml").write_text(recipe, encoding="utf-8")
    blend(tmp_path / "recipe.toml", output=tmp_path / "blend")
    export(tmp_path / "blend")
    first = (tmp_path / "blend/README.md").read_text(encoding="utf-8")
    export(tmp_path / "blend")
    assert (tmp_path / "blend/README.md").read_text(encoding="utf-8") == first
    header, body = card_of(tmp_path / "blend")
    assert len(header["holdfast"]["mixture"]["realised_rows"]) == 2
    assert body.count(BEGIN) == body.count(END) == 1
    # In code nothing means anything, outside of it nothing is left that does.
    assert not re.search(r"<script|<img|<h1|javascript:", re.sub(r"(`+).*?\1", "", body))
    assert len(events_of(tmp_path / "blend")) == 2
    croissant_of(tmp_path / "blend")


# OpenLineage


def events_of(folder):
    return [
        decoded(client("event_v2").RunEvent, json.loads(line))
        for line in (folder / "openlineage.ndjson").read_text().splitlines()
    ]


def test_openlineage_is_read_back_by_its_client(made, audit):
    export(made, audit=audit)
    events = events_of(made)
    assert [event.eventType.value for event in events] == ["START", "COMPLETE"] * 2
    assert events[0].run.runId == events[1].run.runId != events[2].run.runId
    written, judged = events[1], events[3]
    assert [entry.name for entry in written.inputs] == ["made.jsonl", "real.jsonl"]
    assert written.outputs[0].outputFacets["outputStatistics"].rowCount == 40
    assert written.run.facets["holdfast_mixture"]["realised_rows"] == {"made": 28, "real": 12}
    for event in events:
        assert dt.datetime.fromisoformat(event.eventTime).tzinfo is not None
    states = {"pass": "pass", "warn": "fail", "fail": "fail", "undetermined": "skip"}
    readings = {reading["measure"]: reading for reading in fail()["readings"]}
    tests = judged.run.facets["test"].tests
    assert len(tests) == len(fail()["readings"])
    for test in tests:
        assert test.status in (states[readings[test.name]["verdict"]], "skip")
    assert {test.status for test in tests} >= {"pass", "fail"}


def test_an_export_twice_is_one_run(made):
    export(made)
    first = (made / "openlineage.ndjson").read_bytes()
    export(made)
    assert (made / "openlineage.ndjson").read_bytes() == first


def test_unknown_makers_are_counted_once(tmp_path):
    write(tmp_path / "made.jsonl", rows_of("made", 60))
    write(tmp_path / "real.jsonl", rows_of("real", 30))
    tag(tmp_path / "real.jsonl", declared=Declared(source_type="unknown"))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    blend(tmp_path / "recipe.toml", output=tmp_path / "blend")
    export(tmp_path / "blend")
    written = events_of(tmp_path / "blend")[1]
    assert written.run.facets["holdfast_mixture"]["source_type_rows"] == {"unknown": 40}
    assert [tag_.value for tag_ in written.outputs[0].facets["tags"].tags] == ["unknown"]


def test_the_test_of_events_sees_what_is_wrong(made):
    export(made)
    good = json.loads((made / "openlineage.ndjson").read_text().splitlines()[1])
    for spoil in (
        lambda event: event.update(eventType="DONE"),
        lambda event: event["run"].update(runId="one"),
        lambda event: event.update(extra=1),
        lambda event: event["job"].pop("name"),
        lambda event: event["outputs"][0]["facets"]["schema"].update(fields=[{"type": "text"}]),
        lambda event: event["outputs"][0]["outputFacets"]["outputStatistics"].update(rowCount="many"),
    ):
        event = json.loads(json.dumps(good))
        spoil(event)
        with pytest.raises((AssertionError, TypeError, ValueError)):
            decoded(client("event_v2").RunEvent, event)


# What can go wrong


def test_wrong_input_is_told(made, audit, tmp_path, capsys):
    with pytest.raises(InputError, match=r"no manifest\.json"):
        export(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/manifest.json").write_text('{"schema": "holdfast.anchor/1"}')
    with pytest.raises(InputError, match="neither a blend nor a curated set"):
        export(tmp_path / "other")
    with pytest.raises(UsageError, match="croissant"):
        export(made, format=["croisant"])
    (tmp_path / "about.toml").write_text('licence = "MIT"')
    with pytest.raises(InputError, match="license"):
        export(made, about=tmp_path / "about.toml")
    (tmp_path / "about.toml").write_text('date_published = "soon"')
    with pytest.raises(InputError, match="is a date"):
        export(made, about=tmp_path / "about.toml")
    audit.write_text(audit.read_text().replace('"rows": 39', '"rows": 50'))
    with pytest.raises(InputError, match=r"51 rows, the folder holds 40"):
        export(made, audit=audit)
    audit.write_text(
        audit.read_text().replace('"rows": 50', '"rows": 39').replace("blend/data", "other/data")
    )
    with pytest.raises(InputError, match="not of this folder"):
        export(made, audit=audit)
    audit.write_text('{"schema": "holdfast.audit/1"}')
    with pytest.raises(InputError, match="no whole audit"):
        export(made, audit=audit)
    for wrong in ({"readings": 5}, {"verdict": "banana"}, {"worth": "x"}):
        audit.write_text(json.dumps(fail() | wrong))
        with pytest.raises(InputError, match="no whole audit"):
            export(made, audit=audit)
    with pytest.raises(UsageError, match="nothing to merge into"):
        export(made, format=["card"], merge=audit)
    (tmp_path / "theirs.json").write_text('{"@context": {}, "recordSet": 5}')
    with pytest.raises(InputError, match="recordSet is no list"):
        export(made, merge=tmp_path / "theirs.json")
    with pytest.raises(InputError, match="is no folder"):
        export(tmp_path / "about.toml")
    assert not (made / "README.md").exists()
    assert run(["export", str(made), "--format", "card"]) == 0
    assert "license" in capsys.readouterr().out


def test_an_audit_is_of_these_rows(made, tmp_path):
    """Rows are known by their content: a renamed folder is the same, a new draw is another."""
    import holdfast

    found = holdfast.audit(made, real=rows_of("real", 300))
    (tmp_path / "audit.json").write_text(render(summarise(found)))
    export(made, audit=tmp_path / "audit.json")
    renamed = made.rename(tmp_path / "renamed")
    export(renamed, audit=tmp_path / "audit.json")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f"seed = 7\n{RECIPE}")
    blend(recipe, output=tmp_path / "again")
    with pytest.raises(InputError, match="other rows than the folder holds"):
        export(tmp_path / "again", audit=tmp_path / "audit.json")


def test_what_was_exported_is_no_data(made):
    before = read_records(made)
    export(made)
    after = read_records(made)
    assert after.ids == before.ids
    assert len(after) == 40


def test_all_formats_are_written_or_none(made):
    (made / "openlineage.ndjson").mkdir()
    with pytest.raises(OutputError):
        export(made)
    assert not (made / "README.md").exists()


@pytest.mark.parametrize(
    "card",
    [
        f"# M\n{BEGIN}\nprecious\n",
        f"# M\n{END}\nprecious\n{BEGIN}\n",
        f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n",
        "---\nholdfast:\n  ours: 1\n---\n",
        "---\nholdfast: mine\n---\n",
        "---\n{license: mit, tags: [a]}\n---\n",
    ],
)
def test_cards_that_cannot_be_added_to_stay(made, card):
    (made / "README.md").write_text(card)
    with pytest.raises(OutputError, match=r"README\.md"):
        export(made)
    assert (made / "README.md").read_text() == card
    assert not (made / "croissant.json").exists()


@pytest.mark.parametrize("card", ["---\nJust a rule\n---\n", "---\n", "# One\n\n---\n\ntwo\n"])
def test_a_rule_is_no_header(made, card):
    (made / "README.md").write_text(card)
    export(made)
    header, body = card_of(made)
    assert header["tags"] == ["synthetic", "holdfast"]
    assert card.strip() in body
    export(made)
    assert card_of(made)[1] == body


def test_line_ends_stay_as_they_are(made):
    (made / "README.md").write_bytes(b"\r\n---\r\nlicense: mit\r\n---\r\n# One\r\n")
    export(made)
    content = (made / "README.md").read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert content.startswith(b"---\r\nlicense: mit\r\n")


def test_a_blend_that_is_written_anew_keeps_its_card(made):
    (made / "README.md").write_text("# By hand\n")
    export(made)
    blend(made.parent / "recipe.toml", output=made, replace=True)
    assert "# By hand" in (made / "README.md").read_text()
    (made / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"did not write 'notes\.txt'"):
        blend(made.parent / "recipe.toml", output=made, replace=True)
    assert (made / "notes.txt").read_text() == "mine"


def test_an_edited_set_is_not_described_as_what_it_was(made):
    lines = (made / "data/train.jsonl").read_text().splitlines()
    (made / "data/train.jsonl").write_text("\n".join(lines[1:]) + "\n")
    with pytest.raises(InputError, match="was edited since"):
        export(made)
