"""Tag: lineage for rows that have none yet, from what the user knows and what the tool that wrote them left behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from holdfast.data.lineage.depth import depth_of
from holdfast.data.lineage.imports import ORIGINS
from holdfast.data.lineage.imports.fact import prompt_id
from holdfast.data.lineage.schema import METHODS, SOURCE_TYPES, lineage_table
from holdfast.data.lineage.sidecar import FOLDER_FILE, read_lineage, sidecar_of, write_lineage
from holdfast.data.read import read_records
from holdfast.errors import InputError, OutputError, UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from holdfast.data.lineage.imports import Facts, Origin
    from holdfast.data.records import Records

_HEAD = 256
_PROMPTS = ("prompt", "instruction", "question")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the user says of all rows; a value that is given stands above what a row says of itself.

    Attributes:
        source: Where the rows came from.
        source_type: Who made the texts: `human`, `synthetic`, `human_edited`, `machine_edited` or `unknown`.
        method: How: `paraphrase`, `back_translation`, `rule_based`, `few_shot`, `attributed_prompt`, `distillation`,
            `self_instruct`, `evolve`, `rewrite`, `label_only` or `import`.
        agent: The model (`name@revision`) or the person that made them.
        generation_depth: Models between the rows and people.
        cycle: The turn of the loop they were made in.
        label_source_type: Who made the labels, where that was somebody else.
        licenses: SPDX ids.
        tags: Free words.
    """

    source: str | None = None
    source_type: str | None = None
    method: str | None = None
    agent: str | None = None
    generation_depth: int | None = None
    cycle: int | None = None
    label_source_type: str | None = None
    licenses: Sequence[str] = ()
    tags: Sequence[str] = ()

    def facts(self) -> Facts:
        """The values that are given.

        Raises:
            UsageError: A word is none of those that the column knows, or a number is below 0.
        """
        for name, value, words in (
            ("source_type", self.source_type, SOURCE_TYPES),
            ("label_source_type", self.label_source_type, SOURCE_TYPES),
            ("method", self.method, METHODS),
        ):
            if value is not None and value not in words:
                raise unknown(f"value for --{name.replace('_', '-')}", value, list(words))
        for name, number in (("generation-depth", self.generation_depth), ("cycle", self.cycle)):
            if number is not None and not 0 <= number < 2**15:
                raise UsageError("is a number of at least 0", where=f"--{name}")
        given = {
            name: getattr(self, name)
            for name in (
                "source",
                "source_type",
                "method",
                "agent",
                "generation_depth",
                "cycle",
                "label_source_type",
            )
        }
        lists = {"licenses": list(self.licenses) or None, "tags": list(self.tags) or None}
        return {name: value for name, value in (given | lists).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """Lineage that was written.

    Attributes:
        path: The sidecar.
        table: What stands in it.
        origin: The tool whose traces were read, or None.
        detection: How the rows were understood, in words.
    """

    path: Path
    table: pa.Table
    origin: str | None
    detection: str


def tag(
    path: str | Path,
    *,
    declared: Declared | None = None,
    origin: str = "auto",
    parents: str | None = None,
    parents_in: Sequence[str | Path] = (),
    trained_on_depth: int | None = None,
    output: str | Path | None = None,
    replace: bool = False,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    progress: Callable[[str], None] = lambda _: None,
) -> Tagged:
    """Writes lineage beside rows, which stay as they are.

    Args:
        path: A file or folder of rows.
        declared: What is true of all rows.
        origin: The tool that wrote them: `distilabel`, `curator`, `data-designer`, `datatrove`, `columns` for columns
            named like those of lineage, `none`, or `auto` for the first that recognises its rows.
        parents: The column with the ids of content parents.
        parents_in: Files with lineage in which the parents' depths stand.
        trained_on_depth: The largest depth in the data that the generating model was trained on.
        output: The lineage file; by default the sidecar.
        replace: Whether lineage that is there may be replaced.
        text: Column of the text.
        label: Column of the strata.
        id: Column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        progress: Called with a word about what is done next.

    Raises:
        InputError: The rows cannot be read, or say something of themselves that lineage has no word for.
        OutputError: There is lineage already, or it cannot be written.
        UsageError: An option has a value that does not exist.
    """
    given = (declared or Declared()).facts()
    target = Path(output) if output is not None else sidecar_of(path)
    if not target.name.endswith(FOLDER_FILE):
        raise UsageError(
            f"lineage is written to a file whose name ends in {FOLDER_FILE}",
            where="--output",
            do=f"Say {target.with_name(f'{target.stem}.{FOLDER_FILE}')}",
        )
    if target.exists() and not replace:
        raise OutputError(
            "there is lineage already",
            where=str(target),
            do="Add --replace to write it anew, or give --output",
        )
    if trained_on_depth is not None and not 0 <= trained_on_depth < 2**15:
        raise UsageError("is a number of at least 0", where="--trained-on-depth")
    progress("reading rows")
    records = read_records(path, text=text, label=label, id=id, on_bad_row=on_bad_row, keep_payload=True)
    rows = [msgspec.json.decode(row) for row in records.table.column("payload").to_pylist()]
    folder = Path(records.files[0]).parent if records.files else None
    if parents is not None and not any(parents in row for row in rows):
        raise UsageError(f"there is no column {parents!r}", where="--parents")
    tool = _find(origin, rows, folder)
    progress("reading what is known of them")
    read = frozenset(records.detection.text_column.split("+"))
    facts = [
        _facts(row, tool, read, folder, parents, where) for row, where in zip(rows, records.ids, strict=True)
    ]
    for found in facts:
        found.update(given)
    _set_depths(records.ids, facts, parents_in, trained_on_depth)
    table = _table(records, facts)
    write_lineage(table, target)
    detection = f"{records.detection.text_column} as {records.detection.shape}"
    return Tagged(path=target, table=table, origin=tool.name if tool else None, detection=detection)


def _find(origin: str, rows: Sequence[dict[str, Any]], folder: Path | None) -> Origin | None:
    names = [tool.name for tool in ORIGINS]
    if origin == "auto":
        return next((tool for tool in ORIGINS if tool.recognise(rows[:_HEAD], folder)), None)
    if origin == "none":
        return None
    if origin not in names:
        raise unknown("value for --origin", origin, ["auto", "none", *names])
    return ORIGINS[names.index(origin)]


def _facts(
    row: dict[str, Any],
    tool: Origin | None,
    read: frozenset[str],
    folder: Path | None,
    parents: str | None,
    where: str,
) -> Facts:
    found = tool.facts_of(row, read, folder) if tool else {}
    if "prompt_id" not in found:
        asked = next((row[name] for name in _PROMPTS if name in row and {name} != set(read)), None)
        if (hashed := prompt_id(asked)) is not None:
            found["prompt_id"] = hashed
    if parents is not None:
        found["parent_ids"] = _parents(row.get(parents), parents, where)
    for name, words in (
        ("source_type", SOURCE_TYPES),
        ("label_source_type", SOURCE_TYPES),
        ("method", METHODS),
    ):
        if found.get(name) is not None and found[name] not in words:
            raise InputError(
                f"its {name} is {found[name]!r:.60}, for which lineage has no word",
                where=where,
                do=f"Say --{name.replace('_', '-')} {'|'.join(words)}, or --origin none to read no columns",
            )
    return found


def _parents(value: Any, column: str, where: str) -> list[str] | None:
    values = value if isinstance(value, list) else [value]
    if value is None:
        return None
    if not all(isinstance(item, str | int) and not isinstance(item, bool) for item in values):
        raise InputError(f"the column {column!r} holds {value!r:.60}, which is no id", where=where)
    return [str(item) for item in values]


def _set_depths(
    ids: Sequence[str], facts: Sequence[Facts], parents_in: Sequence[str | Path], trained_on: int | None
) -> None:
    """Depth from who made a row, from its parents and from what its model was trained on, where no one stated it."""
    known: dict[str, int | None] = {}
    for path in parents_in:
        table = read_lineage(path)
        known.update(
            zip(table.column("id").to_pylist(), table.column("generation_depth").to_pylist(), strict=True)
        )
    own = {id_: row for row, id_ in enumerate(ids)}
    waiting = [row for row, found in enumerate(facts) if "generation_depth" not in found]
    known.update({id_: facts[row].get("generation_depth") for id_, row in own.items()})
    unread = {ids[row] for row in waiting}
    while waiting:
        # Parents in the same file come first; what goes round in circles stays unknown.
        ready = [row for row in waiting if not unread.intersection(facts[row].get("parent_ids") or ())]
        if not ready:
            return
        for row in ready:
            found = facts[row]
            depth = depth_of(
                found.get("source_type"),
                method=found.get("method"),
                parents=[known.get(parent) for parent in found.get("parent_ids") or ()],
                trained_on=trained_on,
            )
            found["generation_depth"] = known[ids[row]] = depth
        unread.difference_update(ids[row] for row in ready)
        done = set(ready)
        waiting = [row for row in waiting if row not in done]


def _table(records: Records, facts: Sequence[Facts]) -> pa.Table:
    names = sorted({name for found in facts for name in found})
    columns: dict[str, Any] = {name: [found.get(name) for found in facts] for name in names}
    columns["id"] = records.ids
    columns["content_hash"] = records.table.column("content_hash").to_pylist()
    if records.strata is not None and records.detection.label_column is not None:
        name = records.detection.label_column
        columns["strata"] = [None if label is None else [(name, label)] for label in records.strata]
    return lineage_table(columns, len(records))
