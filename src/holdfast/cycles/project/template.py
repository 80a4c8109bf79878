"""The recipe that a project begins with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.anchors import Anchor

_TEMPLATE = """\
# What one turn of the loop does: generate -> filter -> blend -> data_gate -> train -> evaluate -> model_gate.
# A cycle goes on with the recipe it began with; an edit is for the next one.

anchor = {anchor}
seed = 0
cycles = 4            # no more than these
# max_depth = 4       # rows with more models between them and people are never trained on
{model}
[judge]               # rows that judge steer nothing
share = 0.5           # of the reference
parts = 2             # they take turns
alpha = 0.05          # error rate over all looks that are ever taken

[generate]            # without a command, the model that counts writes the rows; more than are blended, for the filter
rows = {generated}
temperature = 1.0
# command = "python generate.py --model {{model}} --real {{steering}} --seed {{seed}} --output {{output}}/rows.jsonl"

[filter]              # holdfast curate; leave the table out to filter nothing

[blend]
rows = {rows}
[[blend.source]]
name = "made"
from = "made"
share = {made}
[[blend.source]]
name = {real_name}
from = {real_name}
share = {real}

[data_gate]           # holdfast audit: what was blended against the rows that judge
tolerance = {{ band_retention = 0.2 }}
on_undetermined = "ask"

[train]
command = "python train.py --data {{data}} --base {{model}} --seed {{seed}} --output {{output}}/model"
inputs = ["train.py"]

[evaluate]            # holdfast evaluate; a command takes its place, and leaves evaluation/, scores/ or both
samples = 200

[model_gate]          # bits per byte that the model may lose on real rows it never saw
margin = {{ {margin} }}
against = "start"
on_undetermined = "ask"
"""
_REAL = 0.3
_TELLING = 500
"""Rows of the holdout from which on the rarest tenth can be judged by a part of them."""


def template(anchor: str, held: Anchor, model: str | None) -> str:
    """The text of a first recipe.

    Args:
        anchor: Path of the anchor from the project.
        held: The anchor.
        model: Path or address of the model before the first cycle.
    """
    parts = held.parts
    part = "gold" if parts["gold"] else "steering"
    most = parts["gold"] or parts["reference"] // 2
    rows = max(100, min(10_000, int(most / _REAL)) // 100 * 100)
    named = (
        f"model = {json.dumps(model)}\n" if model else '# model = "models/start"   # before the first cycle\n'
    ) + "# model_depth = 0    # largest generation depth in the data that it was trained on\n"
    return _TEMPLATE.format(
        anchor=json.dumps(anchor),
        rows=rows,
        generated=2 * rows,
        # A band is judged by 20 rows or more; a tenth of half the holdout may be fewer.
        margin='overall = 0.05, "rarest tenth" = 0.1' if parts["holdout"] >= _TELLING else "overall = 0.05",
        made=1 - _REAL,
        real=_REAL,
        real_name=json.dumps(part),
        model=named,
    )
