"""The teacher's voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class TeacherVoice:
    """Given the human verdict, labels follow the fingerprint of a teacher more than that of models that cannot have taught."""

    name: ClassVar[str] = "teacher_voice"
    title: ClassVar[str] = "The teacher's voice"
    measures: ClassVar[tuple[str, ...]] = ("label_voice",)
    sentence: ClassVar[str] = (
        "Given the human verdict, labels follow the fingerprint of a teacher more than that of models that "
        "cannot have taught. This is no proof of who taught whom."
    )
    do: ClassVar[str] = (
        "Weigh labels back to people's, add human labels where both differ most, and hold the tuned model's "
        "outputs against those before (holdfast voice)."
    )
