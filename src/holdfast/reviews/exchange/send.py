"""Sending items to a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from holdfast.errors import UsageError, unknown
from holdfast.reviews.exchange.argilla import argilla_records, argilla_settings
from holdfast.reviews.exchange.label_studio import label_studio_config, label_studio_tasks
from holdfast.reviews.exchange.passing import sent_items

if TYPE_CHECKING:
    from holdfast.reviews.queues.contract import Queue

Tool = Literal["argilla", "label-studio"]
TOOLS: tuple[Tool, ...] = get_args(Tool)


def send_items(queue: Queue, tool: str, *, suggestions: bool = False) -> list[dict[str, Any]]:
    """All items of a queue as a tool reads them.

    Args:
        queue: The queue.
        tool: `argilla` (records) or `label-studio` (tasks).
        suggestions: Whether what models and filters say goes along. Tools show it before people decide, and people then lean to it.

    Raises:
        InputError: The queue is damaged.
        UsageError: There is no such tool, or the queue is blind and suggestions are asked for.
    """
    if suggestions and queue.blind:
        raise UsageError("the queue is blind: what models say stays here", where="--suggestions")
    queue.verify()
    sent = sent_items(queue, suggestions=suggestions)
    if tool == "argilla":
        return argilla_records(queue, sent)
    if tool == "label-studio":
        return label_studio_tasks(queue, sent)
    raise unknown("tool", tool, list(TOOLS))


def tool_settings(queue: Queue, tool: Tool) -> str | dict[str, Any]:
    """What the tool must be set up with: an interface (XML) for Label Studio, fields and questions for Argilla."""
    return argilla_settings(queue) if tool == "argilla" else label_studio_config(queue)
