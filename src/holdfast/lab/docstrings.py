"""Human-written text that every Python carries: the documentation strings of its standard library.

The files are parsed with `ast`; nothing in them is imported or run. This is one of the places where files are read.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import sysconfig
import warnings
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    Definition = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

# Tests and fixtures document nothing; `turtledemo` and `pydoc_data` repeat other modules' words.
_SKIPPED_MODULES = frozenset({"test", "tests", "idlelib", "lib2to3", "pydoc_data", "turtledemo"})
_SKIPPED_FOLDERS = frozenset({"test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__"})
# `encodings` holds some seventy codecs written by this program: they are not human text.
_WRITTEN_BY_A_PROGRAM = re.compile(r"\bgencodec\.py\b")
_RULER = re.compile(r"^\W{3,}$")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*$")


_BLOCKS = ("body", "cases", "handlers", "orelse", "finalbody")  # in the order of the source
_HOLDS_BLOCKS = (
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match),
    *(ast.ExceptHandler, ast.match_case),
)


def read_docstrings(
    *,
    minimum_per_module: int = 30,
    maximum_per_module: int = 400,
    minimum_words: int = 5,
    maximum_words: int = 60,
    folder: Path | None = None,
) -> list[dict[str, str]]:
    """Reads the documentation strings of the standard library, labelled by top-level module.

    Args:
        minimum_per_module: Modules with fewer rows are left out.
        maximum_per_module: Of larger modules this many rows are kept, evenly spaced.
        minimum_words: Shorter texts are left out.
        maximum_words: Longer texts end at the last sentence that fits, or at this word.
        folder: The library's source folder; that of the running Python where None.

    Returns:
        Rows `id` (dotted name, unique), `text` (unique) and `module`, in the order of files and lines.

    Raises:
        InputError: The source files are not there, as in embedded or stripped installations.

    >>> rows = read_docstrings()
    >>> sorted(rows[0])
    ['id', 'module', 'text']
    >>> len({row["text"] for row in rows}) == len(rows)
    True
    """
    folder = folder or Path(sysconfig.get_path("stdlib"))
    seen_texts: set[str] = set()
    name_counts: dict[str, int] = defaultdict(int)
    by_module: dict[str, list[dict[str, str]]] = defaultdict(list)
    for path in _source_files(folder):
        parts = path.relative_to(folder).with_suffix("").parts
        dotted = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        for name, docstring in _docstrings(path, dotted):
            text = _clean(docstring, maximum_words)
            if len(text.split()) < minimum_words or text in seen_texts or _WRITTEN_BY_A_PROGRAM.search(text):
                continue
            seen_texts.add(text)
            name_counts[name] += 1
            # A property and its setter, or two branches of an `if`, share one name.
            id = name if name_counts[name] == 1 else f"{name}#{name_counts[name]}"  # noqa: A001
            by_module[parts[0]].append({"id": id, "text": text, "module": parts[0]})
    kept = [rows for rows in by_module.values() if len(rows) >= max(minimum_per_module, 1)]
    if not kept:
        raise InputError(
            "the source files of Python's standard library hold too few documentation strings",
            where=str(folder),
            do="Run this with a full Python (python.org, pyenv, or on Debian `apt install libpython3-stdlib`), "
            "or use holdfast on your own data",
        )
    return [row for rows in kept for row in _evenly_spaced(rows, maximum_per_module)]


def _source_files(folder: Path) -> Iterator[Path]:
    """The library's own source files; what was added to the installation is not the library."""
    own = sys.stdlib_module_names - _SKIPPED_MODULES
    for here, folders, files in os.walk(folder):
        at_top = Path(here) == folder
        folders[:] = sorted(
            name for name in folders if name not in _SKIPPED_FOLDERS and (name in own or not at_top)
        )
        for file in sorted(files):
            if file.endswith(".py") and (file[:-3] in own or not at_top):
                yield Path(here, file)


def _docstrings(path: Path, dotted: str) -> Iterator[tuple[str, str]]:
    try:
        with warnings.catch_warnings():
            # Odd escapes in somebody else's source are not this reader's concern.
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        # One damaged or protected file among six hundred; an empty result raises above.
        return
    yield from _walk(tree, dotted)


def _walk(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    """Names and docstrings, through every branch, in source order."""
    inside = name
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        docstring = ast.get_docstring(node)
        if docstring:
            yield name, docstring
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = f"{name}.<locals>"
    # What defines something stands in a block, never inside an expression: those, most of a tree, are left alone.
    for block in _BLOCKS:
        for child in getattr(node, block, ()):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _walk(child, f"{inside}.{child.name}")
            elif isinstance(child, _HOLDS_BLOCKS):
                yield from _walk(child, inside)


def _clean(docstring: str, maximum_words: int) -> str:
    """The opening paragraphs without doctests and rulers, in one line of single-spaced words."""
    words: list[str] = []
    for paragraph in re.split(r"\n\s*\n", docstring):
        lines = []
        for line in paragraph.splitlines():
            if line.lstrip().startswith(">>>"):
                break  # what follows up to the blank line is code and its output
            if not _RULER.match(line.strip()):
                lines.append(line)
        words += " ".join(lines).split()
        if len(words) >= maximum_words:
            break
    if len(words) <= maximum_words:
        return " ".join(words)
    cut = words[:maximum_words]
    # A whole sentence reads better, unless it would cost more than half of the text.
    ends = [at for at, word in enumerate(cut, 1) if _SENTENCE_END.search(word) and at >= maximum_words // 2]
    return " ".join(cut[: ends[-1]] if ends else cut)


def _evenly_spaced(rows: list[dict[str, str]], maximum: int) -> list[dict[str, str]]:
    """At most `maximum` rows from the whole length, so that no file of a large package is favoured."""
    if len(rows) <= maximum:
        return rows
    return [rows[at * len(rows) // maximum] for at in range(maximum)]
