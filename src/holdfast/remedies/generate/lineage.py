"""Lineage of made rows: who wrote each, how, from what, with which parameters, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.data import content_hash, digest_of
from holdfast.data.lineage import depth_of, lineage_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from holdfast.remedies.generate.contract import Call, Made
    from holdfast.remedies.generate.recipe import Recipe


def lineage_of_made(
    made: Sequence[Made],
    rows: Sequence[Mapping[str, Any]],
    recipe: Recipe,
    *,
    activity: str,
    recipe_hash: str,
    providers: Mapping[str, str],
    cycle: int | None,
    labelled: bool,
) -> pa.Table:
    """The lineage of rows that have a text.

    The depth of a row that a model wrote is known where that of its parents and of the data that the model was trained on is. A row
    of several hops was written by the model of the last; its cost is that of all.

    Args:
        made: Rows with a text.
        rows: The same as they are written, with their id.
        recipe: The recipe: it says what models were trained on.
        activity: Id of the run.
        recipe_hash: `sha256:...` of the recipe.
        providers: Who runs each model, by the recipe's name for it.
        cycle: The turn of the loop, or None.
        labelled: Whether strata are labels that rows have; the clusters of one run mean nothing in another.
    """
    columns: dict[str, list[Any]] = {
        "id": [one.id for one in made],
        "content_hash": [content_hash(row, id_column="id") for row in rows],
        "prompt_id": [one.calls[-1].prompt_id if one.calls else None for one in made],
        "source": ["holdfast generate"] * len(made),
        "source_type": [one.source_type for one in made],
        "method": [one.method for one in made],
        "tags": [_tags(one) for one in made],
        "parent_ids": [list(one.parents) or None for one in made],
        "generation_depth": [_depth(one, recipe) for one in made],
        "cycle": [cycle] * len(made),
        "activity_id": [activity] * len(made),
        "recipe_hash": [recipe_hash] * len(made),
        "template_hash": [_template(one.calls) for one in made],
        "sample_index": [0 if one.calls else None for one in made],
        "seed": [one.calls[-1].parameters.get("seed") if one.calls else None for one in made],
        "cache_hit": [one.calls[-1].cache_hit if one.calls else None for one in made],
        "agent": [_agent(one) for one in made],
        "gen_ai": [
            _gen_ai(one.calls[-1], providers.get(one.model or "")) if one.calls else None for one in made
        ],
        "cost": [one.cost if one.calls else None for one in made],
        "label_source_type": ["synthetic" if labelled and one.stratum is not None else None for one in made],
        "kept": [one.kept for one in made],
        "dropped_by": [one.dropped_by for one in made],
        "drop_reason": [one.drop_reason for one in made],
        "duplicate_of": [one.duplicate_of for one in made],
        "strata": [
            None if one.stratum is None or not labelled else [("stratum", one.stratum)] for one in made
        ],
        "licenses": [None if one.licenses is None else list(one.licenses) for one in made],
    }
    return lineage_table(columns, len(made))


def _depth(made: Made, recipe: Recipe) -> int | None:
    if made.model is None:
        # A rule writes no new text: what it changes keeps the depth of what it was.
        depths = [depth for depth in made.parent_depths if depth is not None]
        return max(depths) if depths and len(depths) == len(made.parent_depths) else None
    return depth_of(
        made.source_type,
        method=made.method,
        parents=made.parent_depths,
        trained_on=recipe.model(made.model).trained_on_depth,
    )


def _agent(made: Made) -> str | None:
    if not made.calls:
        return None
    last = made.calls[-1]
    return last.answered or last.asked


def _tags(made: Made) -> list[str] | None:
    tags = [f"arm={made.arm}", f"round={made.round}"]
    tags += [f"{name}={value}" for name, value in sorted(made.attributes.items())]
    tags += [f"shown={id_}" for id_ in made.shown]
    return tags


def _template(calls: Sequence[Call]) -> str | None:
    hashes = [call.template_hash for call in calls if call.template_hash is not None]
    if not hashes:
        return None
    return hashes[0] if len(hashes) == 1 else digest_of(hashes)


def _gen_ai(call: Call, provider: str | None) -> dict[str, Any]:
    asked = dict(call.parameters)
    return {
        "operation": {"name": "chat"},
        "provider": {"name": provider},
        "request": {
            "model": call.asked,
            **{name: value for name, value in asked.items() if name in _REQUEST},
            "choice": {"count": 1},
        },
        "response": {
            "model": call.answered,
            "id": call.answer_id,
            "finish_reasons": None if call.finish_reason is None else [call.finish_reason],
        },
        "usage": {"input_tokens": call.input_tokens, "output_tokens": call.output_tokens},
    }


_REQUEST = frozenset(
    {
        "temperature",
        "top_p",
        "top_k",
        "seed",
        "max_tokens",
        "stop_sequences",
        "frequency_penalty",
        "presence_penalty",
    }
)
