"""On real text: what was learnt from reality before changes no reading, to the bit."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from holdfast.audits import audit
from holdfast.backends.store import Store

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


def clinc(folder: Path):
    data = json.loads((folder / "clinc150/data_full.json").read_text())
    return [{"text": t, "intent": i} for part in ("train", "val", "test") for t, i in data[part]]


def banking(folder: Path):
    with (folder / "banking77/train.csv").open(newline="") as file:
        return [{"text": row["text"], "intent": row["category"]} for row in csv.DictReader(file)]


def dolly(folder: Path):
    with (folder / "dolly_openqa/open_qa.jsonl").open() as file:
        rows = [json.loads(line) for line in file]
    return [{"text": f"{row['instruction']}\n{row['output']}"} for row in rows]


@pytest.mark.parametrize("read", [clinc, banking, dolly])
@pytest.mark.parametrize("labelled", [True, False])
def test_what_was_learnt_before_changes_no_reading(real_data, tmp_path, read, labelled):
    rows = read(real_data)
    order = np.random.default_rng(1).permutation(len(rows))
    real, first, second = ([rows[i] for i in order[a:b]] for a, b in ((0, 600), (600, 900), (900, 1_150)))
    if not labelled:
        second = [{"text": row["text"]} for row in second]
        first = [{"text": row["text"]} for row in first]
    store = Store(tmp_path, bound=10**9)
    audit(first, real=real, store=store)
    files = {one.kind: one.files for one in store.holdings()}
    warm, plain = (audit(second, real=real, store=shelf) for shelf in (store, "off"))
    assert {one.kind: one.files for one in store.holdings()} == files
    assert repr(warm.outcomes) == repr(plain.outcomes)
