"""Questions that are shipped: what most reviews ask, so that nobody has to write a file first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.errors import unknown
from holdfast.reviews.questions.file import questionnaire_of, read_questions
from holdfast.reviews.questions.question import Questionnaire

if TYPE_CHECKING:
    from collections.abc import Sequence

# What automated readings miss: style, tone, subtle repetition, wrong facts.
_FAULTS = [
    "wrong facts",
    "wrong label",
    "wrong language",
    "off topic",
    "unnatural",
    "repetitive",
    "tone",
    "unsafe",
]
SHIPPED: dict[str, dict[str, Any]] = {
    "fit": {
        "title": "Is it fit for training?",
        "guide": "Accept what you would be glad to find among real rows. Edit what is nearly so. Reject the rest, and say why.",
        "questions": {
            "verdict": {"kind": "verdict", "ask": "Accept, reject or edit?"},
            "faults": {"kind": "tags", "ask": "What is wrong with it?", "tags": _FAULTS, "free": True},
            "note": {"kind": "note", "ask": "Anything to add?", "limit": 2_000},
        },
    },
    "label": {
        "title": "What is it about?",
        "guide": "Choose the label that fits best, whatever the row is labelled now.",
        "questions": {
            "label": {"kind": "label", "ask": "Which label fits?", "labels": "strata"},
            "note": {"kind": "note", "ask": "Anything to add?", "limit": 2_000},
        },
    },
    "rating": {
        "title": "How good is it?",
        "guide": "",
        "questions": {
            "rating": {
                "kind": "rating",
                "ask": "How good is it?",
                "words": ["unusable", "poor", "fair", "good", "as good as real"],
            },
            "note": {"kind": "note", "ask": "Anything to add?", "limit": 2_000},
        },
    },
    "which": {
        "title": "Which is better?",
        "guide": "Which side stands left is dealt anew for every item and reviewer.",
        "questions": {
            "which": {"kind": "which", "ask": "Which is better?"},
            "note": {"kind": "note", "ask": "Anything to add?", "limit": 2_000},
        },
    },
}
"""Sets of questions by name, as a file would have them."""


def find_questions(given: str | Path | Questionnaire, *, strata: Sequence[str] = ()) -> Questionnaire:
    """The questions that somebody asked for.

    Args:
        given: The name of a shipped set, a TOML file, or the questions themselves.
        strata: What `labels = "strata"` stands for.

    Raises:
        InputError: The file cannot be read, or makes no sense.
        UsageError: There is no such set, and no such file.
    """
    if isinstance(given, Questionnaire):
        return given
    if isinstance(given, str) and given in SHIPPED:
        return questionnaire_of(SHIPPED[given], where=f"the questions {given!r}", strata=strata)
    file = Path(given)
    if isinstance(given, str) and not file.suffix and not file.exists():
        raise unknown("set of questions", given, list(SHIPPED))
    return read_questions(file, strata=strata)
