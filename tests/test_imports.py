"""The tree says in which direction things flow; this says so too."""

import ast
import importlib
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "holdfast"
FILES = sorted(PACKAGE.rglob("*.py"))

# A room imports only rooms above it. `views` stands above `anchors`: an anchor is frozen together with its views.
INLAND = [
    "errors",
    "version",
    "kernels",
    "data",
    "stats",
    "backends",
    "views",
    "anchors",
    "measures",
    "audits",
    "remedies",
    "cycles",
    "pages",
]
# `pages` is the last of the land: what is shown on a page is shown by reports and by reviews, which do not see each other.
# Shore rooms see all of the land and not each other; `cli` composes them. In particular `lab`, which makes worlds to
# try the product on, may use anything of the stream, and hands its results to `reports` through `cli`.
SHORE = ["reports", "reviews", "lab"]
ABOVE = {room: set(INLAND[:at]) for at, room in enumerate(INLAND)}
ABOVE |= {room: set(INLAND) for room in SHORE}
ABOVE["cli"] = {*INLAND, *SHORE}
# The package itself hands on public names; a user who imports it starts no program.
ABOVE["__init__"] = {*INLAND, *SHORE}
ABOVE["__main__"] = {"cli"}

HEAVY = [
    "numpy",
    "pyarrow",
    "duckdb",
    "scipy.stats",
    "pandas",
    "sklearn",
    "torch",
    "jinja2",
    "starlette",
    "uvicorn",
]


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(tree: ast.AST, package: list[str]) -> set[tuple[int, str]]:
    """Line and dotted name of every import of holdfast, wherever it stands: in a function or for types only."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(node.lineno, alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            found |= {(node.lineno, f"{base}.{alias.name}") for alias in node.names}
    return {(line, name) for line, name in found if name.split(".")[0] == "holdfast"}


def trespasses(source: str, file: Path) -> list[str]:
    room = room_of(file)
    package = ["holdfast", *file.relative_to(PACKAGE).parts[:-1]]
    wrong = []
    for line, name in sorted(imported_modules(ast.parse(source), package)):
        target = name.split(".")[1] if "." in name else ""
        if target != room and target not in ABOVE[room]:
            wrong.append(f"{file.relative_to(PACKAGE)}:{line}: {room} must not import {name}")
    return wrong


def test_the_test_sees_every_kind_of_import():
    file = PACKAGE / "views" / "sides.py"
    good = [
        "import numpy",
        "from holdfast.data.records import Records",
        "from ..stats import x",
        "from . import y",
    ]
    bad = [
        "import holdfast",
        "import holdfast.measures.text",
        "from holdfast import audit",
        "from holdfast import audits",
        "from .. import reports",
        "from ..anchors.anchor import Anchor",
        "def f():\n    from holdfast.cli import main",
        "if TYPE_CHECKING:\n    from holdfast.audits import Audit",
    ]
    assert [trespasses(source, file) for source in good] == [[]] * len(good)
    assert all(trespasses(source, file) for source in bad)
    assert trespasses("from holdfast.reports.summary import Summary", PACKAGE / "lab" / "demo.py")
    assert trespasses("from holdfast.lab.demo import run", PACKAGE / "reports" / "html.py")
    assert not trespasses("from holdfast.audits.audit import audit", PACKAGE / "lab" / "demo.py")
    assert not trespasses("import holdfast.lab.demo, holdfast.reports.html", PACKAGE / "cli" / "demo.py")


def test_every_file_stands_in_a_room():
    assert FILES
    assert {room_of(file) for file in FILES} <= set(ABOVE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_above_it(file):
    assert trespasses(file.read_text(encoding="utf-8"), file) == []


def test_names_say_what_a_thing_is():
    modules = [part.removesuffix(".py") for file in FILES for part in file.relative_to(PACKAGE).parts]
    assert [name for name in modules if re.fullmatch(r"utils?|common|helpers?|core|base(_.*)?", name)] == []
    classes = [
        node.name
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    assert [name for name in classes if re.search(r"(Manager|Processor|Factory)$", name)] == []


def test_public_names_exist():
    holdfast = importlib.import_module("holdfast")
    assert len(set(holdfast.__all__)) == len(holdfast.__all__) > 0
    for name in holdfast.__all__:
        assert getattr(holdfast, name) is not None


@pytest.mark.parametrize(
    "start",
    ["import holdfast", "from holdfast.cli import main; sys.argv = ['holdfast', '--help']; main()"],
    ids=["import", "help"],
)
def test_starting_is_light_and_stays_at_home(start):
    program = textwrap.dedent("""
        import atexit, json, sys

        reached = []
        sys.addaudithook(lambda event, _: reached.append(event) if event.startswith("socket.") else None)
        report = lambda: print(json.dumps([sorted(sys.modules), reached]), file=sys.stderr)
        atexit.register(report)
        """)
    done = subprocess.run(  # noqa: S603 - this Python and a program written above
        [sys.executable, "-c", program + start],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    modules, reached = json.loads(done.stderr.splitlines()[-1])
    assert "holdfast" in modules
    assert sorted(set(modules) & set(HEAVY)) == []
    assert reached == []
