"""Stock: what is kept between audits, and how to let it go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.backends.store.opening import find_folder, open_store
from holdfast.errors import OutputError, UsageError, unknown

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast.backends.store.store import Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was removed.

    Attributes:
        files: How many files.
        bytes: What they took on the disk.
    """

    files: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What a store keeps.

    Attributes:
        folder: Where; None where nothing is kept.
        bound: Bytes, about, that it may take.
        holdings: What is there, kind by kind; after something was removed, what is left.
        removed: What was removed; None where that was not asked for.
    """

    folder: Path | None
    bound: int
    holdings: tuple[Holding, ...]
    removed: Removed | None = None

    @property
    def files(self) -> int:
        """How many files are there."""
        return sum(holding.files for holding in self.holdings)

    @property
    def bytes(self) -> int:
        """What they take on the disk."""
        return sum(holding.bytes for holding in self.holdings)


def take_stock(store: str | None = None, *, empty: bool = False, kind: str | None = None) -> Stock:
    """What is kept between audits; nothing is made where nothing is.

    Args:
        store: A folder, or `off`; where nothing is said, `HOLDFAST_STORE` says it, else it is `holdfast` in the user's cache folder.
        empty: Remove it. Files of others, in the folder or beside it, are never touched.
        kind: Of one kind alone.

    Raises:
        UsageError: The folder is a file, or nothing of that kind is kept.
        OutputError: Something could not be removed.
    """
    folder = find_folder(store)
    if folder is not None and folder.exists() and not folder.is_dir():
        raise UsageError("is a file, and a store is a folder", where=str(folder), do="Name another folder")
    if folder is None or not folder.exists():
        opened = open_store("off")
    else:
        said: list[str] = []
        opened = open_store(str(folder), tell=said.append)
        if said and not opened.reads:
            raise UsageError(said[0], where=str(folder), do="Name another folder, or mend this one")
    found = opened.holdings()
    if kind is not None:
        kinds = [holding.kind for holding in found]
        if kind not in kinds:
            if not kinds:
                raise UsageError(
                    "nothing is kept, of this kind or another", where=f"--kind {kind}", do="Leave it out"
                )
            raise unknown("kind", kind, kinds)
        found = tuple(holding for holding in found if holding.kind == kind)
    if not empty:
        return Stock(folder=folder, bound=opened.bound, holdings=found)
    files, freed = opened.empty(kind=kind)
    left = tuple(holding for holding in opened.holdings() if kind in (None, holding.kind))
    stock = Stock(folder=folder, bound=opened.bound, holdings=left, removed=Removed(files=files, bytes=freed))
    if stock.files and not files:
        raise OutputError(
            f"{stock.files:,} files could not be removed",
            where=str(folder),
            do="Look at who may write there, or remove the folder by hand",
        )
    return stock
