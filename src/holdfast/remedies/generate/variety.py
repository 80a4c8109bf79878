"""How varied the prompts of a run were: what stood in them, not the words that every prompt has."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.remedies.generate.prompt_variety import Prompt, prompt_variety

if TYPE_CHECKING:
    from holdfast.remedies.generate.contract import Made
    from holdfast.remedies.generate.parts import Parts
    from holdfast.remedies.generate.turning import Run


def prompts_of(run: Run) -> dict[str, Any] | None:
    """How varied prompts were, beside as many real rows; None where no model was asked."""
    parts = run.parts
    texts = dict(
        zip(parts.gold.ids + parts.steering.ids, parts.gold.texts + parts.steering.texts, strict=True)
    )
    found = prompt_variety(
        [_prompt(one, texts) for one in run.made if one.calls],
        _real(parts),
        np.random.default_rng([run.recipe.seed, 0x9A]),
    )
    return None if found is None else asdict(found)


def _prompt(made: Made, texts: dict[str, str]) -> Prompt:
    rows = (*made.parents, *made.shown)
    return Prompt(
        id=made.calls[0].prompt_id,
        template=made.calls[0].template_hash or "",
        stratum=made.stratum,
        attributes=made.attributes,
        shown=rows,
        values={**made.attributes, **{id_: texts.get(id_, "") for id_ in rows}},
        answer=made.text,
    )


def _real(parts: Parts) -> dict[str | None, list[str]]:
    found: dict[str | None, list[str]] = defaultdict(list)
    for text, stratum in zip(parts.steering.texts, parts.steering.strata, strict=True):
        found[stratum].append(text)
    return dict(found)
