"""Bespoke curator: `responses_*.jsonl`, one line a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.data.lineage.imports.fact import Facts, known, number_of, prompt_id, text_of, texts_of, whole_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from holdfast.data.rows import Row

_PARAMETERS = {
    "temperature": number_of,
    "top_p": number_of,
    "top_k": number_of,
    "frequency_penalty": number_of,
    "presence_penalty": number_of,
    "seed": whole_of,
    "max_tokens": whole_of,
}


class Curator:
    """Everything of a call; its parent is the row of the input it was made for."""

    name = "curator"

    def recognise(self, rows: Sequence[Row], folder: Path | None) -> bool:
        """A generic request beside the answer."""
        del folder
        return any(isinstance(row.get("generic_request"), dict) for row in rows)

    def facts_of(self, row: Row, read: frozenset[str], folder: Path | None) -> Facts:
        """What a row says about itself."""
        del folder
        request = row.get("generic_request")
        if not isinstance(request, dict):
            return {}
        asked = text_of(request.get("model"))
        answered = _model(row.get("raw_response")) or text_of(row.get("model"))
        parent = whole_of(request.get("original_row_idx"))
        agent = answered or asked
        return known(
            {
                "agent": agent,
                "source_type": "synthetic"
                if agent and any("response" in name or "parsed" in name for name in read)
                else None,
                "parent_ids": None if parent is None else [str(parent)],
                "prompt_id": prompt_id(request.get("messages")),
                "gen_ai": _call(row, request, asked, answered),
            }
        )


def _call(row: Row, request: Row, asked: str | None, answered: str | None) -> Facts:
    parameters = request.get("generation_params")
    parameters = parameters if isinstance(parameters, dict) else {}
    usage = row.get("token_usage")
    usage = usage if isinstance(usage, dict) else {}
    finish = texts_of(row.get("finish_reason"))
    requested = known(
        {"model": asked} | {name: read(parameters.get(name)) for name, read in _PARAMETERS.items()}
    )
    return known(
        {
            "request": requested or None,
            "response": known({"model": answered, "finish_reasons": finish}) or None,
            "usage": known(
                {
                    "input_tokens": whole_of(usage.get("input", usage.get("prompt_tokens"))),
                    "output_tokens": whole_of(usage.get("output", usage.get("completion_tokens"))),
                }
            )
            or None,
        }
    )


def _model(answer: Any) -> str | None:
    return text_of(answer.get("model")) if isinstance(answer, dict) else None
