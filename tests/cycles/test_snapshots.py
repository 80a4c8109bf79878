"""Snapshots: named by their content, sealed, and the way back."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from holdfast.cycles.snapshots import Snapshots
from holdfast.data.lineage import Declared, tag
from holdfast.data.write import describe_file
from holdfast.errors import InputError, UsageError
from holdfast.remedies.blend import blend


def rows_of(name, count, word="says"):
    return [{"id": f"{name}{i}", "text": f"{name} {word} {i * 7919} and {i * 104729}"} for i in range(count)]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def blended(folder, name, made=30, real=10, word="says"):
    home = folder / f"sources-{name}"
    home.mkdir()
    write(home / "made.jsonl", rows_of("made", made, word))
    write(home / "real.jsonl", rows_of("real", real))
    tag(home / "made.jsonl", declared=Declared(source_type="synthetic", generation_depth=1))
    (home / "recipe.toml").write_text(
        f'[[source]]\nname = "made"\npath = "made.jsonl"\nrows = {made}\n'
        f'[[source]]\nname = "real"\npath = "real.jsonl"\nrows = {real}\n'
    )
    blend(home / "recipe.toml", output=folder / name)
    return folder / name


@pytest.fixture
def store(tmp_path):
    return Snapshots(tmp_path / "project")


def test_the_same_content_is_the_same_snapshot(store, tmp_path):
    first = store.seal(blended(tmp_path, "a"), cycle=1)
    again = store.seal(tmp_path / "a", cycle=1)
    assert first.hash == again.hash
    assert len(store.all()) == 1
    assert first.rows == 40
    assert first.manifest["depth_rows"] == {"1": 30, "unknown": 10}
    assert first.manifest["mixture"]["realised_rows"]["source"] == {"made": 30, "real": 10}
    assert store.verify(first) == []
    other = store.seal(blended(tmp_path, "b", made=29))
    child = store.seal(tmp_path / "a", parents=[other.hash])
    assert len({first.hash, other.hash, child.hash}) == 3, "parents are part of what a snapshot is"


def test_packing_is_no_part_of_it(store, tmp_path):
    place = blended(tmp_path, "a")
    first = store.seal(place)
    file = place / "lineage.parquet"
    table = pq.read_table(file)
    pq.write_table(table.take(list(range(len(table)))[::-1]), file, compression="none")
    manifest = json.loads((place / "manifest.json").read_text())
    manifest["files"] = [describe_file(place, entry["path"], entry["rows"]) for entry in manifest["files"]]
    (place / "manifest.json").write_text(json.dumps(manifest))
    assert Snapshots(tmp_path / "elsewhere").seal(place).hash == first.hash


def test_what_was_edited_is_not_sealed(store, tmp_path):
    place = blended(tmp_path, "a")
    with (place / "data/train.jsonl").open("a") as file:
        file.write('{"id": "extra", "text": "never drawn"}\n')
    with pytest.raises(InputError, match="not what was sealed"):
        store.seal(place)
    with pytest.raises(InputError, match="is no blend"):
        store.seal(tmp_path)
    assert store.all() == []


@pytest.mark.parametrize("file", ["data/train.jsonl", "lineage.parquet", "recipe.toml", "manifest.json"])
def test_damage_is_found_and_named(store, tmp_path, file):
    found = store.seal(blended(tmp_path, "a"))
    place = found.folder / file
    if file == "manifest.json":
        place.write_text(place.read_text().replace('"format_version": 1', '"format_version": 2'))
        found = store.all()[0]
    else:
        content = bytearray(place.read_bytes())
        content[len(content) // 2] ^= 1
        place.write_bytes(content)
    (problem,) = store.verify(found)
    assert problem.startswith(file)
    with pytest.raises(InputError, match="not what was sealed"):
        store.point_to(found)
    assert store.current() is None


def test_files_that_are_missing_or_strange_are_named(store, tmp_path):
    found = store.seal(blended(tmp_path, "a"))
    (found.folder / "data/extra.jsonl").write_text("{}\n")
    (found.folder / "recipe.toml").unlink()
    problems = store.verify(found)
    assert len(problems) == 2
    assert "recipe.toml" in problems[0]
    assert "data/extra.jsonl: nobody sealed this file" in problems[1]


def test_going_back_restores_every_bit(store, tmp_path):
    first = store.seal(blended(tmp_path, "a"), cycle=1)
    store.point_to(first)
    before = {f.name: f.read_bytes() for f in store.current().folder.rglob("*") if f.is_file()}
    second = store.seal(blended(tmp_path, "b", word="claims"), parents=[first.hash], cycle=2)
    third = store.seal(blended(tmp_path, "c", word="swears"), parents=[second.hash], cycle=3)
    store.point_to(third)
    assert store.current().hash == third.hash
    assert [one.hash for one in store.descendants(first)] == [second.hash, third.hash]
    gone = store.withdrawn(first)
    assert len(gone) == 30, "the real rows stand in both"
    store.point_to(first)
    assert {f.name: f.read_bytes() for f in store.current().folder.rglob("*") if f.is_file()} == before
    assert [one.hash for one in store.holding(gone)] == [third.hash]
    assert len(store.all()) == 3, "nothing is removed"


def test_descendants_do_not_hang_on_the_clock(store, tmp_path):
    """A chain that is sealed within a second, without cycles: hashes decide the order in which it is listed."""
    place = blended(tmp_path, "a")
    chain = [store.seal(place)]
    for _ in range(7):
        chain.append(store.seal(place, parents=[chain[-1].hash]))
    assert {one.hash for one in store.descendants(chain[0])} == {one.hash for one in chain[1:]}
    assert {one.hash for one in store.descendants(chain[4])} == {one.hash for one in chain[5:]}


def test_what_tells_two_apart(store, tmp_path):
    first = store.seal(blended(tmp_path, "a", made=30))
    second = store.seal(blended(tmp_path, "b", made=32, real=8))
    found = store.change(first, second)
    assert found.added == ("made30", "made31")
    assert found.removed == ("real8", "real9")
    assert (found.edited, found.same) == ((), 38)
    assert [said.partition(":")[0] for said in found.files] == ["recipe"]
    third = store.seal(blended(tmp_path, "c", word="claims"))
    assert len(store.change(first, third).edited) == 30


def test_nothing_that_is_referred_to_is_removed(store, tmp_path):
    first = store.seal(blended(tmp_path, "a"))
    second = store.seal(blended(tmp_path, "b", made=20), parents=[first.hash])
    third = store.seal(blended(tmp_path, "c", made=10))
    store.point_to(second)
    assert [one.hash for one in store.unreferenced()] == [third.hash]
    assert store.unreferenced([third.hash]) == []
    for one in (first, second):
        with pytest.raises(InputError, match="referred to"):
            store.remove(one)
    with pytest.raises(InputError, match="referred to"):
        store.remove(third, [third.hash])
    store.remove(third)
    assert {one.hash for one in store.all()} == {first.hash, second.hash}
    assert not list(store._folder.glob(".*"))


def test_names(store, tmp_path):
    found = store.seal(blended(tmp_path, "a"))
    assert store.open(found.short).hash == store.open(found.hash).hash == store.open(found.short[:6]).hash
    with pytest.raises(InputError, match="snapshot"):
        store.open("ffffffff")
    with pytest.raises((InputError, UsageError)):
        store.open(found.short[:2])
    with pytest.raises(InputError, match="snapshot"):
        store.seal(tmp_path / "a", parents=["sha256:" + "0" * 64])
    (tmp_path / "project/refs").mkdir()
    (tmp_path / "project/refs/current").write_text("../../etc\n")
    with pytest.raises(InputError, match="names no snapshot"):
        store.current()


def test_a_copied_project_is_the_same_project(store, tmp_path):
    found = store.seal(blended(tmp_path, "a"))
    store.point_to(found)
    shutil.copytree(tmp_path / "project", tmp_path / "copy")
    copied = Snapshots(tmp_path / "copy")
    assert copied.current().hash == found.hash
    assert copied.verify(copied.current()) == []
