"""What a block tells of its set is kept, and is then told without reading it."""

import json
from contextlib import ExitStack

import pytest

from holdfast.audits.surveying import KeptSurvey
from holdfast.backends.store import Store
from holdfast.data.blocks import find_blocks
from holdfast.data.cutting import Size
from holdfast.data.survey import see_block, survey

ROWS = [{"text": f"row {i} says so", "label": "ab"[i % 2], "lot": f"{i % 3}"} for i in range(50)]


def written(folder, name, rows):
    file = folder / name
    if name.endswith(".csv"):
        lines = [",".join(rows[0]), *(",".join(str(value) for value in row.values()) for row in rows)]
        file.write_text("\n".join(lines) + "\n")
    else:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


class Counting(Store):
    """A store that counts what is written to it."""

    written = 0

    def put(self, key, facts):
        self.written += 1
        super().put(key, facts)


@pytest.mark.parametrize("name", ["made.jsonl", "made.csv"])
@pytest.mark.parametrize("ids", [False, True])
def test_what_is_kept_is_what_was_seen(name, ids, tmp_path):
    rows = [{"id": f"r-{i * i}", **row} for i, row in enumerate(ROWS)] if ids else ROWS
    rows = [*rows[:20], {**rows[20], "text": ""}, *rows[21:]]
    file = written(tmp_path, name, rows)
    store = Counting(tmp_path / "store", bound=10**8)
    see = KeptSurvey(store=store)
    with ExitStack() as stack:
        blocks = find_blocks(file, stack, size=Size(rows=15))
        told = [
            see(block, blocks.layout, hashed=hashed)
            for block in blocks.references
            for hashed in (True, False)
        ]
        want = [
            see_block(block, blocks.layout, hashed=hashed)
            for block in blocks.references
            for hashed in (True, False)
        ]
        wanted = survey(blocks)
        file.unlink()  # whoever tells now has not read it
        again = [
            see(block, blocks.layout, hashed=hashed)
            for block in blocks.references
            for hashed in (True, False)
        ]
        found = survey(blocks, see=see)
    assert store.written == len(told) == 8
    assert found == wanted
    for one, other, third in zip(told, again, want, strict=True):
        for field in ("rows", "empty", "skipped", "skipped_count", "missing", "unfit", "not_ids"):
            assert getattr(one, field) == getattr(other, field) == getattr(third, field)
        assert one.ids.tolist() == other.ids.tolist()
        assert {label: values.tolist() for label, values in one.labels.items()} == {
            label: values.tolist() for label, values in other.labels.items()
        }
        for field in ("names", "hashes"):
            told_, kept = getattr(one, field), getattr(other, field)
            assert (told_ is None) == (kept is None)
            assert told_ is None or told_.equals(kept)


def test_a_block_with_rows_that_were_skipped_is_read_again(tmp_path):
    file = written(tmp_path, "made.jsonl", ROWS)
    file.write_text(file.read_text() + "{broken\n")
    store = Counting(tmp_path / "store", bound=10**8)
    with ExitStack() as stack:
        blocks = find_blocks(file, stack, size=Size(rows=30), on_bad_row="skip")
        for _ in range(2):
            found = survey(blocks, on_bad_row="skip", see=KeptSurvey(store=store))
    assert found.skipped_count == 1
    assert store.written == 1


def test_a_block_that_is_called_otherwise_has_other_ids(tmp_path):
    store = Counting(tmp_path / "store", bound=10**8)
    ids = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        written(folder, "a.jsonl", ROWS[:10])
        written(folder, f"{name}.jsonl", ROWS[10:20])
        with ExitStack() as stack:
            blocks = find_blocks(folder, stack)
            assert len(blocks.references) == 1
            seen = KeptSurvey(store=store)(blocks.references[0], blocks.layout)
            ids.append(seen.names.to_pylist())
    assert store.written == 2
    assert ids[0][:10] == ids[1][:10]
    assert ids[0][10:] != ids[1][10:]
