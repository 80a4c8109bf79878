"""What a generation writes, and what others read of it: lineage, blends and audits."""

import json

import pyarrow.parquet as pq
import pytest
from small_runs import LOSSY, REAL, Writer

from holdfast import audit, blend
from holdfast.backends.chats.chat import Answer, Trouble
from holdfast.backends.chats.scripted import ScriptedChat
from holdfast.cli import run
from holdfast.data.lineage import Declared, read_lineage, tag
from holdfast.data.lineage.imports.fact import prompt_id
from holdfast.errors import OutputError
from holdfast.measures import StratumDeficit
from holdfast.remedies.generate import generate
from holdfast.remedies.generate.draws import read_draws
from holdfast.remedies.generate.methods import read_method
from holdfast.remedies.generate.recipe import MethodRecipe, ModelRecipe, Recipe, recipe_digest

NAMES = ("few_shot", "back_translation", "rule_based")


def scripted(name, writer, answered=None, trouble=None):
    """A model that answers under some name, and now and then does not."""

    def answer(request):
        number = int(request.record[-2:])
        if trouble is not None and number % 13 == 0:
            return trouble
        return Answer(
            text="zzqx jjkw vvbn" if number % 11 == 0 else writer(request),
            finish_reason="length" if number % 7 == 0 else "stop",
            model=answered,
            id=f"id-{request.record}-{request.hop}",
            input_tokens=100,
            output_tokens=10,
            seconds=0.5,
        )

    return ScriptedChat.of(answer, name=name)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Real rows of depth 0 and known licence, and a run of two models and a rule."""
    folder = tmp_path_factory.mktemp("folder")
    real, made = folder / "real.jsonl", folder / "synthetic.jsonl"
    for path, rows in ((real, REAL), (made, LOSSY)):
        path.write_text(
            "".join(json.dumps({"id": f"{path.stem}{n}", **row}) + "\n" for n, row in enumerate(rows))
        )
    tag(real, declared=Declared(source_type="human", licenses=("CC-BY-4.0",)))
    writer = Writer()
    chats = {
        "a": scripted("model-a", writer, answered="model-a-2026"),
        "b": scripted("model-b", writer, trouble=Trouble("refused", "I will not")),
    }
    recipe = Recipe(
        rows=60,
        rounds=1,
        judge_share=0.0,
        models=(
            ModelRecipe(name="a", model=chats["a"], price_input=1.0, price_output=2.0, trained_on_depth=1),
            ModelRecipe(name="b", model=chats["b"], price_input=1.0, price_output=2.0),
        ),
        methods=tuple(MethodRecipe(method=read_method(name, {}, "here", None)) for name in NAMES),
        draws=read_draws(
            {"temperature": {"uniform": [0.5, 1.0]}, "top_p": 0.9, "stop_sequences": ["END"]}, "here"
        ),
    )
    found = generate(None, real=real, recipe=recipe, output=folder / "more", cycle=4)
    return folder, found, recipe, chats


def lines(place, name):
    return [json.loads(line) for line in (place[0] / "more" / name).read_text().splitlines()]


@pytest.fixture(scope="module")
def lineage(place):
    return {row["id"]: row for row in read_lineage(place[0] / "more").to_pylist()}


def test_every_row_stands_in_one_file(place, lineage):
    _, found, _, _ = place
    kept, gone = lines(place, "data/made.jsonl"), lines(place, "dropped/rows.jsonl")
    assert (len(kept), len(kept) + len(gone)) == (found.accepted, found.wished)
    assert len({row["id"] for row in (*kept, *gone)}) == found.wished
    written = {row["id"] for row in kept} | {row["id"] for row in gone if "row" in row}
    assert written == set(lineage)
    assert len(written) == found.written
    assert all(row["dropped_by"] and row["drop_reason"] for row in gone)
    assert {row["dropped_by"] for row in gone if "row" not in row} == set(found.lost) == {"cut", "refused"}


def test_every_row_with_a_text_has_its_lineage(place, lineage):
    _, _, recipe, _ = place
    prompts = {one["prompt_id"]: one["messages"] for one in lines(place, "prompts.jsonl")}
    agents = set()
    for row in lineage.values():
        assert (row["source"], row["cycle"]) == ("holdfast generate", 4)
        assert row["recipe_hash"] == recipe_digest(recipe)
        assert row["content_hash"].startswith("sha256:")
        assert row["strata"] == [("stratum", row["id"] and dict(row["strata"])["stratum"])]
        assert row["label_source_type"] == "synthetic"
        if row["method"] == "rule_based":
            assert (row["source_type"], row["prompt_id"], row["agent"], row["cost"]) == (
                "machine_edited",
                None,
                None,
                None,
            )
            assert len(row["parent_ids"]) == 1
            assert row["generation_depth"] == 0  # a typo is no model's writing
            assert row["licenses"] == ["CC-BY-4.0"]
            continue
        assert row["source_type"] == "synthetic"
        assert prompt_id(prompts[row["prompt_id"]]) == row["prompt_id"]
        assert row["template_hash"].startswith("sha256:")
        assert (row["sample_index"], row["cache_hit"]) == (0, False)
        agents.add(row["agent"])
        asked = row["gen_ai"]["request"]
        assert asked["model"] in {"model-a", "model-b"}
        assert 0.5 <= asked["temperature"] <= 1.0
        assert (asked["top_p"], asked["stop_sequences"], asked["seed"]) == (0.9, ["END"], row["seed"])
        assert row["gen_ai"]["provider"]["name"] == "scripted"
        assert row["gen_ai"]["usage"] == {"input_tokens": 100, "output_tokens": 10}
        assert row["gen_ai"]["response"]["id"].startswith(f"id-{row['id']}")
        hops = 2 if row["method"] == "back_translation" else 1
        assert row["cost"] == pytest.approx(hops * (100 * 1.0 + 10 * 2.0) / 1e6)
        # Known only where what the model was trained on is, and the parents are.
        assert row["generation_depth"] == (2 if asked["model"] == "model-a" else None)
        assert bool(row["parent_ids"]) == (row["method"] == "back_translation")
    assert agents == {"model-a-2026", "model-b"}


def test_what_was_sent_is_what_lineage_says(place, lineage):
    sent = {(one.record, one.hop): one for chat in place[3].values() for one in chat.asked}
    for row in lineage.values():
        if row["method"] == "rule_based":
            continue
        last = sent[row["id"], 1 if row["method"] == "back_translation" else 0]
        assert prompt_id(last.plain_messages()) == row["prompt_id"]
        assert last.parameters.temperature == row["gen_ai"]["request"]["temperature"]
        assert last.parameters.seed == row["seed"]
        assert last.parameters.max_tokens == row["gen_ai"]["request"]["max_tokens"]


def test_every_request_is_told(place):
    folder, found, _, chats = place
    calls = pq.read_table(folder / "more" / "calls.parquet").to_pylist()
    assert len(calls) == sum(len(chat.asked) for chat in chats.values()) == found.spent["requests"]
    assert sum(call["cost"] or 0.0 for call in calls) == pytest.approx(found.spent["cost"])
    assert {call["failed"] for call in calls} == {None, "refused"}
    assert len({call["key"] for call in calls}) == len(calls)
    assert all(json.loads(call["parameters"])["top_p"] == 0.9 for call in calls)
    assert found.requests["other_models"] == {
        "model-a": {"model-a-2026": found.requests["other_models"]["model-a"]["model-a-2026"]}
    }
    assert "Lineage names who answered" in " ".join(found.notes)


def test_what_was_said_stands_in_the_folder(place):
    folder, found, recipe, _ = place
    said = json.loads((folder / "more" / "generation.json").read_bytes())
    assert (said["schema"], said["ended"], said["accepted"]) == (
        "holdfast.generate/1",
        found.ended,
        found.accepted,
    )
    assert len(lines(place, "rounds.jsonl")) == len(found.rounds) == 1
    manifest = json.loads((folder / "more" / "manifest.json").read_bytes())
    assert manifest["rows"] == {"wished": found.wished, "written": found.written, "kept": found.accepted}
    assert manifest["asked"]["rows"] == recipe.rows
    listed = {one["name"] if "name" in one else one["path"] for one in manifest["files"]}
    assert {"data/made.jsonl", "lineage.parquet", "calls.parquet"} <= listed
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_lineage_commands_read_the_folder(place, capsys):
    folder = place[0]
    row = lines(place, "data/made.jsonl")[0]["id"]
    gone = next(one["id"] for one in lines(place, "dropped/rows.jsonl") if "row" in one)
    assert run(["lineage", "summary", str(folder / "more")]) == 0
    assert "few_shot" in capsys.readouterr().out
    for id_ in (row, gone):
        assert run(["trace", id_, str(folder / "more")]) == 0
        assert "holdfast generate" in capsys.readouterr().out


def test_a_blend_takes_what_was_made(place, tmp_path):
    folder, found, _, _ = place
    recipe = tmp_path / "blend.toml"
    recipe.write_text(
        f"rows = {2 * found.accepted // 3 * 2}\n"
        f'[[source]]\nname = "made"\npath = "{folder}/more/data/made.jsonl"\nshare = 0.5\n'
        f'[[source]]\nname = "real"\npath = "{folder}/real.jsonl"\nshare = 0.5\n'
    )
    blend(recipe, output=tmp_path / "blend")
    mixed = read_lineage(tmp_path / "blend").to_pylist()
    assert {row["source_type"] for row in mixed} >= {"human", "synthetic"}
    assert any(row["agent"] == "model-a-2026" for row in mixed)


def test_an_audit_reads_what_was_made(place):
    folder, found, _, _ = place
    manifest = json.loads((folder / "more" / "manifest.json").read_bytes())
    for path in (folder / "more", folder / "more" / "data" / "made.jsonl"):
        result = audit(path, real=folder / "real.jsonl", measures=[StratumDeficit()])
        # Read from the folder or from the file, they are the rows that the manifest says.
        assert result.candidate.data_hash == manifest["data_hash"]
    assert len(lines(place, "data/made.jsonl")) == found.accepted


def test_a_folder_that_is_there_is_not_touched(place, tmp_path):
    folder, _, recipe, chats = place
    before = sum(len(chat.asked) for chat in chats.values())
    with pytest.raises(OutputError):
        generate(None, real=folder / "real.jsonl", recipe=recipe, output=folder / "more")
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError):
        generate(None, real=folder / "real.jsonl", recipe=recipe, output=tmp_path / "else", replace=True)
    assert (tmp_path / "else" / "mine.txt").read_text() == "mine"
    assert sum(len(chat.asked) for chat in chats.values()) == before
