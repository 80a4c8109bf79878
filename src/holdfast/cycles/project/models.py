"""Models by reference: where one lies, and the digest of what lies there. Weights are never copied."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.data.write import sha256_of
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REFERENCE = "model.json"
"""What a training program leaves in place of weights, where those went to a hub or a registry."""
_DIGEST = re.compile(r"[a-z0-9]+:[0-9a-f]{32,}")
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of the project.

    Attributes:
        name: What people call it, with the first digits of its digest.
        where: A path, relative to the project where it lies in it; a hub id; the address of a server or a registry.
        digest: Of its files (`sha256:...`), or as the registry has it; None for a server, which may answer with anything.
        depth: Largest generation depth in the data that it was trained on; None where nobody knows.
    """

    name: str
    where: str
    digest: str | None
    depth: int | None

    def plain(self) -> dict[str, Any]:
        """As it stands in events and manifests."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Model:
        """From what `plain` gave."""
        return cls(**{name: values.get(name) for name in ("name", "where", "digest", "depth")})  # type: ignore[arg-type]


def read_model(where: str, project: Path, *, name: str | None = None, depth: int | None = None) -> Model:
    """The model that a path, a file `model.json` or an address names.

    Args:
        where: A path, relative to the project; or an address with `://`.
        project: The project's folder.
        name: What people call it; by default what its folder is called.
        depth: Largest generation depth in its training data.

    Raises:
        InputError: There is no such model.
    """
    if "://" in where:
        return Model(name=name or where, where=where, digest=None, depth=depth)
    place = project / where
    if (place / REFERENCE).is_file() and not (place / "config.json").exists():
        place /= REFERENCE
    if place.name == REFERENCE and place.is_file():
        return _referred(place, depth)
    if not place.is_file() and not (place.is_dir() and any(place.iterdir())):
        raise InputError(
            "there is no such model",
            where=str(place),
            do="Give the folder or file of a model; one of the Hugging Face hub is fetched with: hf download NAME --local-dir FOLDER",
        )
    digest = digest_of_folder(place) if place.is_dir() else digest_of_file(place)
    named = name or _called(place)
    return Model(name=f"{named}@{digest[7 : 7 + _SHOWN]}", where=where, digest=digest, depth=depth)


def digest_of_file(file: Path) -> str:
    """`sha256:...` of a file's content.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return f"sha256:{sha256_of(file)}"
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(file)) from error


def digest_of_folder(folder: Path) -> str:
    """`sha256:...` over the paths and contents of all files.

    Raises:
        InputError: A file cannot be read.
    """
    whole = sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        found = digest_of_file(file).partition(":")[2]
        whole.update(f"{found} {file.relative_to(folder).as_posix()}\n".encode(errors="surrogateescape"))
    return f"sha256:{whole.hexdigest()}"


def _referred(file: Path, depth: int | None) -> Model:
    where, do = str(file), 'Write {"where": "hub id or registry URI", "digest": "sha256:..."}'
    try:
        values = msgspec.json.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"names no model: {error}", where=where, do=do) from error
    if not isinstance(values, dict) or not isinstance(values.get("where"), str) or not values["where"]:
        raise InputError("names no model", where=where, do=do)
    digest = values.get("digest")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise InputError("has no digest: what stands behind a name may change", where=where, do=do)
    shown = digest.partition(":")[2][:_SHOWN]
    return Model(name=f"{values['where']}@{shown}", where=values["where"], digest=digest, depth=depth)


def _called(place: Path) -> str:
    """The name of the folder; of `work/0003/train/model`, that says nothing, the cycle."""
    parts = place.resolve().parts
    if len(parts) > 3 and parts[-2] == "train" and parts[-3].isdigit():
        return f"cycle-{int(parts[-3])}"
    return parts[-1]
