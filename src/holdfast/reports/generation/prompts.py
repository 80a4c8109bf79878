"""Variety of prompts in words: each figure beside what it would be were none repeated, or what real rows score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.measures.reading import counted
from holdfast.reports.wording import count, share

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPARED = {
    "more": "more alike than real rows",
    "less": "less alike than real rows",
    "equally": "as alike as real rows",
}


def lines(variety: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What is varied, how much, and what stands beside it."""
    said = [
        _effective("Different prompts", variety["prompts"]),
        _effective("Different templates", variety["templates"]),
    ]
    if variety["attributes"] is not None:
        said.append(_effective("Different attributes", variety["attributes"]))
    if variety["shown"] is not None:
        said.append(_effective("Different rows shown together", variety["shown"]))
    said.append(
        (
            "Requests whose prompt was sent more than once",
            share(variety["repeated_share"]),
            "0\N{NO-BREAK SPACE}% were no two equal",
        )
    )
    if variety["likeness"] is not None:
        said.append(("Likeness of two prompts", likeness(variety["likeness"]), beside(variety["likeness"])))
    answers = variety["answers"]
    if answers is not None:
        apart = (
            "" if answers["apart"] is None else f"answers to different prompts {_number(answers['apart'])}; "
        )
        real = "real rows: too few" if answers["real"] is None else f"real rows {_number(answers['real'])}"
        said.append(("Likeness of two answers to one prompt", _number(answers["likeness"]), f"{apart}{real}"))
        said.append(
            (
                "Different answers to one prompt",
                share(answers["distinct_share"]),
                f"of {counted(answers['answers'], 'answer')} to {counted(answers['prompts'], 'prompt')}; 100\N{NO-BREAK SPACE}% were no two equal",
            )
        )
    return said


def _effective(title: str, found: Mapping[str, Any]) -> tuple[str, str, str]:
    in_effect = count(float(f"{found['order_1']:.3g}"))
    return (
        title,
        f"{found['distinct']:,}, in effect {in_effect}",
        f"{found['all_distinct']:,} were no two equal",
    )


def likeness(found: Mapping[str, Any]) -> str:
    """Share of word pairs that two texts have in common."""
    return _number(found["value"])


def beside(found: Mapping[str, Any]) -> str:
    """What real rows score in the place of prompts.

    >>> beside({"real": None, "low": None, "high": None, "compared": None, "reason": "too few"})
    'real rows: too few'
    """
    if found["real"] is None:
        return f"real rows: {found['reason']}"
    return (
        f"real rows {_number(found['real'])} ({_number(found['low'])} to {_number(found['high'])}): "
        f"{_COMPARED.get(found['compared'], 'not compared')}"
    )


def _number(value: float) -> str:
    """A likeness, 0 to 1."""
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
