"""Folders: which of their files hold the rows, as Hugging Face `datasets` saves them, as the hub shows them, or as we write them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from holdfast.data.formats import SUFFIXES, kind_by_name
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.data.places import Place

_FORMATS = "JSON Lines, JSON, CSV, TSV (also .gz, .zst), Parquet and Arrow files"
# What stands beside the data in a Hugging Face folder.
_NOT_DATA = {
    *(
        "dataset_info.json",
        "dataset_infos.json",
        "dataset_dict.json",
        "state.json",
        "metadata.json",
        "config.json",
        "manifest.json",
    ),
}
LINEAGE = "lineage.parquet"  # what is known of rows stands beside them
_OURS = ("holdfast.blend/", "holdfast.curation/", "holdfast.generation/", "holdfast.snapshot/")
_SPLIT = re.compile(r"^(train|test|validation|valid|val|dev)(?=[-_.\d]|$)", re.IGNORECASE)


def folder_files(folder: Place) -> tuple[list[Place], list[str]]:
    """The data files of a folder, as Hugging Face `datasets` saves it or as the hub shows it."""
    manifest = folder / "manifest.json"
    schema = str(_read_json(manifest).get("schema")) if manifest.is_file() else ""
    if schema.startswith(_OURS) and (folder / "data").is_dir():
        # What was exported about the rows lies beside them, and is none of them.
        return _one_split(_data_files(folder / "data"))
    if schema.startswith(("holdfast.anchor/", "holdfast.preference_anchor/")):
        raise InputError(
            "the folder is a frozen anchor, not a set of rows",
            where=str(folder),
            do="Hold a candidate against it with --anchor",
        )
    if (folder / "dataset_dict.json").is_file():
        return _split_folder(folder)
    arrow = _saved_files(folder)
    if arrow:
        return arrow, []
    for place in (folder, folder / "data"):
        files = _data_files(place) if place.is_dir() else []
        if files:
            return _one_split(files)
    inside = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != ".")
    hint = (
        f"Its folders are {', '.join(inside[:8])}: give one of them" if inside else f"Readable are {_FORMATS}"
    )
    raise InputError("the folder has no readable file", where=str(folder), do=hint)


def _split_folder(folder: Place) -> tuple[list[Place], list[str]]:
    saved = _read_json(folder / "dataset_dict.json").get("splits") or []
    splits = [_inside(split, folder / "dataset_dict.json") for split in saved if isinstance(split, str)]
    splits = [split for split in splits if (folder / split).is_dir()]
    if not splits:
        raise InputError("the dataset has no split", where=str(folder), do="Save it again with save_to_disk")
    if "train" not in splits and len(splits) > 1:
        raise InputError(
            f"the dataset has the splits {', '.join(splits)} and none is named train",
            where=str(folder),
            do=f"Give the folder of one split, such as {folder / splits[0]}",
        )
    split = "train" if "train" in splits else splits[0]
    files, notes = folder_files(folder / split)
    if len(splits) > 1:
        notes = [
            f"Of the splits {', '.join(splits)} only {split!r} is read; the folder of a split can be given."
        ]
    return files, notes


def _saved_files(folder: Place) -> list[Place]:
    """The files of `Dataset.save_to_disk`, in their order."""
    state = folder / "state.json"
    if state.is_file():
        listed = _read_json(state).get("_data_files") or []
        files: list[Place] = [
            folder / _inside(entry["filename"], state) for entry in listed if "filename" in entry
        ]
        missing = [file for file in files if not file.is_file()]
        if missing:
            raise InputError(
                "a file that state.json lists is missing", where=str(missing[0]), do="Copy it as well"
            )
        return files
    arrow = (file for file in folder.iterdir() if file.name.startswith("data-") and file.suffix == ".arrow")
    return sorted(arrow, key=_name)


def _data_files(folder: Place) -> list[Place]:
    files = [
        file for file in sorted(folder.iterdir(), key=_name) if file.is_file() and file.name[0] not in "._"
    ]
    data = [
        file
        for file in files
        if kind_by_name(file.name) is not None
        and file.name not in _NOT_DATA
        and not file.name.endswith(LINEAGE)
    ]
    kinds = {kind_by_name(file.name) for file in data}
    if len(kinds) > 1 and "json" in kinds:  # a lone .json beside data files describes them
        data = [file for file in data if kind_by_name(file.name) != "json"]
        kinds.discard("json")
    if len(kinds) > 1:
        suffixes = ", ".join(suffix for suffix, kind in SUFFIXES.items() if kind in kinds)
        raise InputError(
            f"the folder holds files of several formats ({suffixes})",
            where=str(folder),
            do=f"Say which with a glob, such as '{folder / ('*' + data[0].suffix)}'",
        )
    return data


def _one_split(files: list[Place]) -> tuple[list[Place], list[str]]:
    splits: dict[str, list[Place]] = {}
    for file in files:
        match = _SPLIT.match(file.name)
        splits.setdefault(match[1].lower() if match else "", []).append(file)
    if "train" not in splits or len(splits) == 1:
        return files, []
    others = ", ".join(sorted(split or "others" for split in splits if split != "train"))
    return splits["train"], [
        f"Only the files of the split 'train' are read, not {others}; a glob changes this."
    ]


def _name(place: Place) -> str:
    return place.name


def _inside(name: Any, said_by: Place) -> str:
    """The name of a file, as a file in the same folder names it: it leads nowhere else."""
    plain = str(name)
    if plain.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", plain) or ":" in plain:
        raise InputError(
            f"names a file outside of its folder: {plain!r:.80}",
            where=str(said_by),
            do="Save the dataset again",
        )
    return plain


def _read_json(path: Place) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path), do="Save the dataset again") from error
    return value if isinstance(value, dict) else {}
