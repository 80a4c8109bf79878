"""The reader of the standard library's documentation strings."""

from collections import Counter
from itertools import pairwise

import pytest

from holdfast.errors import InputError
from holdfast.lab.docstrings import read_docstrings

SOURCE = '''"""Opens a thing and closes it again.

>>> code_is_not_text()
"""

class Thing:
    """A thing that
    can be    opened.

    Usage
    -----

        >>> Thing().open()
        output that is not text

    It closes itself.
    """

    if True:
        def open(self):
            """Open the thing for good."""
            def inner():
                """Only seen from the inside here."""
    else:
        def open(self):
            """Open the thing another way."""

def short():
    """Too short."""

def again():
    """Open the thing for good."""

async def long():
    """One two three four five. Six seven eight nine ten. Eleven twelve thirteen fourteen."""
'''


@pytest.fixture(scope="module")
def rows():
    return read_docstrings()


def test_there_is_enough_of_it(rows):
    modules = Counter(row["module"] for row in rows)
    # A Debian Python without tkinter has 4,806 rows and 55 modules, the fullest 5,255 and 57.
    assert len(rows) >= 4000
    assert len(modules) >= 40
    assert 30 <= min(modules.values()) <= max(modules.values()) <= 400
    # A long tail: the smaller half of the modules holds less than a quarter of the rows.
    sizes = sorted(modules.values())
    assert sum(sizes[: len(sizes) // 2]) < len(rows) / 4


def test_rows_are_clean_and_unique(rows):
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({row["text"] for row in rows}) == len(rows)
    for row in rows:
        assert list(row) == ["id", "text", "module"]
        assert row["id"].split(".")[0].split("#")[0] == row["module"]
        assert 5 <= len(row["text"].split()) <= 60
        assert row["text"] == " ".join(row["text"].split())
    assert sum(">>>" in row["text"] for row in rows) <= 10  # prose about prompts; no examples
    assert not any("gencodec.py" in row["text"] for row in rows)


def test_order_is_deterministic(rows):
    assert read_docstrings() == rows
    seen = []
    for before, row in pairwise(rows):
        if before["module"] != row["module"]:
            seen.append(before["module"])
        assert row["module"] not in seen


def test_a_small_library(tmp_path):
    (tmp_path / "email" / "test").mkdir(parents=True)
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "email" / "__init__.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "email" / "broken.py").write_text("def (:", encoding="utf-8")
    ignored = '"""Nobody should ever read this text here."""\n'
    for place in ("email/test/a.py", "site-packages/a.py", "sitecustomize.py", "idlelib.py", "email/a.txt"):
        (tmp_path / place).write_text(ignored, encoding="utf-8")
    rows = read_docstrings(minimum_per_module=1, maximum_words=12, folder=tmp_path)
    assert [(row["id"], row["text"]) for row in rows] == [
        ("email", "Opens a thing and closes it again."),
        ("email.Thing", "A thing that can be opened. Usage It closes itself."),
        ("email.Thing.open", "Open the thing for good."),
        ("email.Thing.open.<locals>.inner", "Only seen from the inside here."),
        ("email.Thing.open#2", "Open the thing another way."),
        ("email.long", "One two three four five. Six seven eight nine ten."),
    ]
    cut = read_docstrings(minimum_per_module=1, maximum_per_module=3, folder=tmp_path)
    assert [row["id"] for row in cut] == ["email", "email.Thing.open", "email.Thing.open#2"]


def test_other_encodings_and_odd_escapes(tmp_path):
    source = '# -*- coding: latin-1 -*-\n"""Gibt die Größe der Datei zurück."""\nx = "\\d"\n'
    (tmp_path / "stat.py").write_bytes(source.encode("latin-1"))
    rows = read_docstrings(minimum_per_module=1, folder=tmp_path)
    assert [row["text"] for row in rows] == ["Gibt die Größe der Datei zurück."]


@pytest.mark.parametrize("there", [True, False])
def test_no_source(tmp_path, there):
    folder = tmp_path if there else tmp_path / "python311.zip"
    with pytest.raises(InputError, match="full Python") as caught:
        read_docstrings(folder=folder)
    assert caught.value.where == str(folder)
