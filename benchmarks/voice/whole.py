"""The whole audit on planted texts, every form it asks for included: answers of the teacher's own, and sentences of them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from models import FAMILY, PLACEBOS

from holdfast.audits.voice import voice

SHARE = 0.3
DRAWS = 299
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def measure(prompts: list[str], outputs: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Every student with a teacher and four placebos drawn for it; every second one with sentences, too."""
    rows = []
    for at, student in enumerate(outputs):
        rng = np.random.default_rng([1, at])
        strangers = [name for name in PLACEBOS if FAMILY[name] != FAMILY[student]]
        teacher, *others = (str(name) for name in rng.permutation(strangers))
        seen, placebos = {FAMILY[teacher]}, []
        for name in others:
            if FAMILY[name] not in seen:
                seen.add(FAMILY[name])
                placebos.append(name)
        for unit in ("answers", "sentences") if at % 2 == 0 else ("answers",):
            after = _planted(outputs[student], outputs[teacher], unit, rng)
            found = voice(
                _rows(prompts, after),
                before=_rows(prompts, outputs[student]),
                teacher=_rows(prompts, outputs[teacher]),
                placebo=[_rows(prompts, outputs[name]) for name in placebos[:4]],
                draws=DRAWS,
            )
            main = found.drifts["voice"]
            rows.append(
                {
                    "student": student,
                    "teacher": teacher,
                    "unit": unit,
                    "finding": found.finding,
                    "aimed": main.aimed,
                    "pull": main.teacher.pull,
                }
            )
            print(rows[-1])
    return rows


def _rows(prompts: list[str], answers: list[str]) -> list[dict[str, str]]:
    return [
        {"prompt": one, "completion": two} for one, two in zip(prompts, answers, strict=True) if two.strip()
    ]


def _planted(own: list[str], other: list[str], unit: str, rng: np.random.Generator) -> list[str]:
    if unit == "answers":
        return [
            two if rng.random() < SHARE and two.strip() else one for one, two in zip(own, other, strict=True)
        ]
    made = []
    for one, two in zip(own, other, strict=True):
        first, second = _SENTENCE.split(one), _SENTENCE.split(two)
        # As many sentences as before; each is with a chance of .3 the teacher's in its place, where there is one.
        made.append(
            " ".join(
                second[at] if at < len(second) and rng.random() < SHARE else sentence
                for at, sentence in enumerate(first)
            )
        )
    return made
